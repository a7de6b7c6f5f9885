using System.IO.MemoryMappedFiles;

namespace EdgeQinn.Fuzz;

/// <summary>
/// Keeps the number of the input under test in a mapped file, so that it is known even where an input ends the process (stack overflow,
/// a write outside memory). Deleted after a run that came to its end.
/// </summary>
sealed class Journal : IDisposable
{
    readonly string _path;
    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;

    public Journal(string folder, string target)
    {
        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, $"{target}.journal");
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.OpenOrCreate, null, 2 * sizeof(long));
        _view = _file.CreateViewAccessor();
        if (_view.ReadInt64(sizeof(long)) is > 0 and long number)
            Console.WriteLine($"{target}: the last run here ended in input {number - 1} of seed {_view.ReadInt64(0)}; repeat it with --target {target} --seed {_view.ReadInt64(0)} --first {number - 1} --count 1");
    }

    /// <summary>Notes the input about to be tested.</summary>
    public void Note(int seed, long index)
    {
        _view.Write(0, (long)seed);
        _view.Write(sizeof(long), index + 1); // 0: none yet
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
