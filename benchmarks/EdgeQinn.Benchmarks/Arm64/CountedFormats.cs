namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>The reference models and the formats their layers are counted in: plain parameters, as speed goes; what they cost in accuracy is not looked at.</summary>
static class CountedFormats
{
    static readonly (string Name, string[] Requests)[] _everywhere =
    [
        ("dense", []),
        ("int8", ["*=int8"]),
        ("bcsr 1×1, 90 % zeros", ["*=bcsr:v=1,density=0.1"]),
        ("bcsr 4×1, 90 % zeros", ["*=bcsr:v=4,density=0.1"]),
        ("bcsr 8×1, 90 % zeros", ["*=bcsr:v=8,density=0.1"]),
        ("bcsr 16×1, 90 % zeros", ["*=bcsr:v=16,density=0.1"]),
        ("bcsr 4×4 int8, 90 % zeros", ["*=bcsr:v=4,width=4,type=int8,density=0.1"]),
    ];

    /// <summary>Each model with its formats' names and what <c>--format</c> would be given.</summary>
    public static IReadOnlyList<(string Model, string Format, string[] Requests)> All { get; } =
    [
        .. Of("bearing-autoencoder",
            ("low rank 16", ["*net.0/*=lowrank:rank=16", "*net.27/*=lowrank:rank=16"]),
            ("MPS, bond 4", ["*net.0/*=mps:bond=4", "*net.27/*=mps:bond=4"]),
            ("entangled, 8 groups, rank 32", ["*net.0/*=entangled:kind=coupled,groups=8,rank=32,readout=16", "*net.27/*=entangled:kind=coupled,groups=8,rank=32,readout=16"])),
        .. Of("bearing-wdcnn", ("Tucker-2, rank 16", ["*f.8/*=tucker2:rank=16", "*f.12/*=tucker2:rank=16", "*f.16/*=tucker2:rank=16"])),
        .. Of("ecg-beat-cnn",
            ("low rank 16 (fc1)", ["*fc1/*=lowrank:rank=16"]),
            ("MPS, bond 4 (fc1)", ["*fc1/*=mps:bond=4"]),
            ("entangled, 8 groups, rank 32 (fc1)", ["*fc1/*=entangled:kind=coupled,groups=8,rank=32,readout=16"]),
            ("Tucker-2, rank 16", ["*features.4/*=tucker2:rank=16", "*features.8/*=tucker2:rank=16", "*features.12/*=tucker2:rank=16"])),
        .. Of("ecg-beat-gru", ("Tucker-2, rank 16", ["*front.3/*=tucker2:rank=16"])),
    ];

    static IEnumerable<(string, string, string[])> Of(string model, params (string Name, string[] Requests)[] own) => _everywhere.Concat(own).Select(f => (model, f.Name, f.Requests));
}
