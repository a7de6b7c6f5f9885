using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>The score that a task's goal is about, by its name among the figures.</summary>
enum TaskScore
{
    Accuracy,
    MacroF1,
    AreaUnderCurve,
}

/// <summary>What compression should reach.</summary>
/// <param name="Bytes">The share of the dense file's bytes that should go.</param>
/// <param name="Score">The score that may fall.</param>
/// <param name="Loss">By how much; scores run from 0 to 1.</param>
/// <param name="Parameters">The share of the parameters that should go; NaN where nothing is asked.</param>
/// <param name="Latency">The most of the dense network's latency; NaN where nothing is asked.</param>
sealed record CompressionGoal(double Bytes, TaskScore Score, double Loss, double Parameters = double.NaN, double Latency = double.NaN);

/// <summary>
/// A reference model with the recordings it may be compressed on and those it is tested on, which nothing that trains or chooses ever sees. What a seed decides:
/// the part of the training windows it draws, how these are parted into windows to fit and to judge, the order of the windows, the rival's first weights.
/// </summary>
/// <param name="Model">Its name.</param>
/// <param name="Contract">Its signal contract.</param>
/// <param name="Training">Recordings to calibrate and heal on, as <c>compress --calibration</c> takes them.</param>
/// <param name="Test">Recordings to test on.</param>
/// <param name="Labels">The labels macro-F1 is taken over; empty for all that occur.</param>
/// <param name="Metric">What the budget is about.</param>
/// <param name="MaxLoss">The points that compression may lose on windows held out of the training recordings.</param>
/// <param name="Share">The part of the training windows that a seed draws.</param>
/// <param name="Goal">What should be reached.</param>
/// <param name="Objective">What the choice should have little of.</param>
sealed record ReferenceTask(string Model, string Contract, IReadOnlyList<string> Training, IReadOnlyList<string> Test, IReadOnlyList<string> Labels,
    TaskMetric Metric, double MaxLoss, double Share, CompressionGoal Goal, Objective Objective = Objective.Balanced)
{
    static readonly string[] Faults = ["B007", "B014", "B021", "IR007", "IR014", "IR021", "OR007@6", "OR014@6", "OR021@6"];
    static readonly int[] Ds1 = [101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122, 124, 201, 203, 205, 207, 208, 209, 215, 220, 223, 230];
    static readonly int[] Ds2 = [100, 103, 105, 111, 113, 117, 121, 123, 200, 202, 210];

    /// <summary>The four reference models.</summary>
    public static IReadOnlyList<ReferenceTask> All { get; } =
    [
        Beats("ecg-beat-cnn", new(0.93, TaskScore.MacroF1, 0.01, 0.70, 0.25)),
        Beats("ecg-beat-gru", new(0.75, TaskScore.MacroF1, 0.01)),
        new("bearing-wdcnn", "bearing", [Normal("to=70%", 128), .. Load(0, 256)], [Normal("from=70%", 256), .. Load(3, 512)], [], TaskMetric.Auto, 1, 0.8, new(0.80, TaskScore.Accuracy, 0.01), Objective.Size),
        new("bearing-autoencoder", "bearing-spectrum", [Normal("to=70%", 64), .. Load(0, 1024)], [Normal("from=70%", 256), .. Load(3, 512)], [], TaskMetric.AreaUnderCurve, 0.5, 0.8, new(0.93, TaskScore.AreaUnderCurve, 0.005)),
    ];

    /// <summary>The task of a model.</summary>
    /// <exception cref="EdgeQinnException">There is none.</exception>
    public static ReferenceTask Of(string model) =>
        All.FirstOrDefault(t => t.Model == model) ?? throw new EdgeQinnException($"'{model}' has no task; there are {string.Join(", ", All.Select(t => t.Model))}");

    /// <summary>The network as exported.</summary>
    public string Onnx => Path.Combine(Repository.Models, $"{Model}.onnx");

    /// <summary>The contract as read.</summary>
    public SignalContract ReadContract() => SignalContract.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "converter", "contracts", $"{Contract}.json")));

    static ReferenceTask Beats(string model, CompressionGoal goal) =>
        new(model, "ecg-beat", [.. Ds1.Select(r => $"wfdb:mitdb/{r}")], [.. Ds2.Select(r => $"wfdb:mitdb/{r}")], ["N", "S", "V"], TaskMetric.Auto, 1, 0.3, goal);

    // Sampled at 48 kHz; the hop counts samples at 12 kHz.
    static string Normal(string part, int hop) => $"mat:cwru/Normal_0.mat?rate=48000&{part}&hop={hop}";

    static IEnumerable<string> Load(int load, int hop) => Faults.Select(f => $"mat:cwru/{f}_{load}.mat?rate=12000&hop={hop}");
}
