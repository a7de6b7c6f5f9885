using System.Runtime.InteropServices;
using System.Security.Cryptography;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Parameters;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Healing.Training;

/// <summary>
/// How far healing got: the epochs run, the numbers in training, the optimiser's moments and the best numbers so far. Kept in a file, where asked
/// for, that is replaced as a whole after each epoch, so that an interrupted run goes on and ends as it would have.
/// </summary>
sealed class Checkpoint
{
    const uint Magic = 0x4B434851;

    readonly string? _path;
    readonly string _options;
    readonly Leaf[] _leaves;
    readonly Adam _adam;
    readonly List<EpochReport> _epochs = [];
    float[][]? _best;
    bool _startsBest;

    Checkpoint(HealingOptions options, Leaf[] leaves, Adam adam, CalibrationSet data)
    {
        (_path, _leaves, _adam) = (options.Checkpoint, leaves, adam);
        var fixedOptions = options with { Threads = 0, Checkpoint = null, TargetDensities = new SortedDictionary<string, double>() };
        _options = $"{fixedOptions} {string.Join(',', options.TargetDensities.OrderBy(d => d.Key, StringComparer.Ordinal))} {(_path is null ? "" : Origin(leaves, data))}";
    }

    /// <summary>The epochs run.</summary>
    public IReadOnlyList<EpochReport> Epochs => _epochs;

    /// <summary>The held-out loss before the first.</summary>
    public double Before { get; private set; }

    /// <summary>The least held-out loss among epochs that count.</summary>
    public double Best { get; private set; } = double.PositiveInfinity;

    /// <summary>Whether some epoch was better than the start.</summary>
    public bool HasBest => _best is not null;

    /// <summary>Goes on from the file, where there is one made with these options.</summary>
    /// <exception cref="EdgeQinnException">There is one, but made otherwise.</exception>
    public static Checkpoint Open(HealingOptions options, Leaf[] leaves, Adam adam, CalibrationSet data)
    {
        var checkpoint = new Checkpoint(options, leaves, adam, data);
        if (File.Exists(options.Checkpoint)) checkpoint.Read(options.Checkpoint);
        return checkpoint;
    }

    /// <summary>Notes the held-out loss before the first epoch; it is one to beat only where the network starts in the form it will have.</summary>
    public double Start(double heldOut, bool counts)
    {
        (Before, _startsBest) = (heldOut, counts);
        if (counts) Best = heldOut;
        return heldOut;
    }

    /// <summary>Notes an epoch; one that counts may be the best.</summary>
    public void Add(EpochReport report, bool counts)
    {
        _epochs.Add(report);
        if (counts && report.HeldOut < Best)
        {
            Best = report.HeldOut;
            _best = Array.ConvertAll(_leaves, l => (float[])l.Values.Clone());
        }
        if (_path is not null) Write(_path);
    }

    /// <summary>Whether nothing got better for <paramref name="patience"/> epochs that could have been the best.</summary>
    public bool IsExhausted(int patience)
    {
        if (_best is null && !_startsBest) return false;
        int tuned = _epochs.Count(e => !e.Matching), last = _epochs.FindLastIndex(e => e.HeldOut == Best);
        return tuned > patience && _epochs.Count - 1 - Math.Max(last, _epochs.Count - 1 - tuned) >= patience;
    }

    /// <summary>Puts the best numbers back.</summary>
    public void RestoreBest()
    {
        for (int l = 0; l < _leaves.Length; l++) _best![l].CopyTo(_leaves[l].Values, 0);
    }

    /// <summary>What training starts from: the numbers and the windows.</summary>
    static string Origin(Leaf[] leaves, CalibrationSet data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var leaf in leaves) hash.AppendData(MemoryMarshal.AsBytes<float>(leaf.Values));
        return $"{string.Join(',', leaves.Select(l => l.Values.Length))} {Convert.ToHexStringLower(hash.GetHashAndReset())} {data.Hash()}";
    }

    void Write(string path)
    {
        string temporary = path + ".tmp";
        using (var writer = new BinaryWriter(File.Create(temporary)))
        {
            writer.Write(Magic);
            writer.Write(_options);
            writer.Write(Before);
            writer.Write(Best);
            writer.Write(_startsBest);
            writer.Write(_adam.Steps);
            writer.Write(_epochs.Count);
            foreach (var e in _epochs)
            {
                writer.Write(e.Epoch);
                writer.Write(e.Epochs);
                writer.Write(e.Matching);
                writer.Write(e.Loss);
                writer.Write(e.HeldOut);
                writer.Write(e.Density);
            }
            writer.Write(_best is not null);
            foreach (var array in _leaves.Select(l => l.Values).Concat(_adam.Moments).Concat(_best ?? []))
                writer.Write(MemoryMarshal.AsBytes<float>(array));
        }
        File.Move(temporary, path, overwrite: true);
    }

    void Read(string path)
    {
        try
        {
            using var reader = new BinaryReader(File.OpenRead(path));
            if (reader.ReadUInt32() != Magic) throw new EdgeQinnException($"{path}: is no checkpoint of healing");
            if (reader.ReadString() != _options) throw new EdgeQinnException($"{path}: was made with other options or for another network; delete it to start anew");
            (Before, Best, _startsBest, _adam.Steps) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadBoolean(), reader.ReadInt32());
            for (int count = reader.ReadInt32(); count > 0; count--)
                _epochs.Add(new EpochReport(reader.ReadInt32(), reader.ReadInt32(), reader.ReadBoolean(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble()));
            if (reader.ReadBoolean()) _best = Array.ConvertAll(_leaves, l => new float[l.Values.Length]);
            foreach (var array in _leaves.Select(l => l.Values).Concat(_adam.Moments).Concat(_best ?? []))
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(array.AsSpan()));
        }
        catch (EndOfStreamException e)
        {
            throw new EdgeQinnException($"{path}: is cut off; delete it to start anew", e);
        }
    }
}
