using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using Xunit;

namespace EdgeQinn.Arm64Tests;

/// <summary>Whole models against the golden vectors in their files, on every instruction set at hand: what a board does with <c>edgeqinn verify</c>.</summary>
public class GoldenModelTests
{
    /// <summary>The environment variable that names a folder of <c>.eqn</c> files with golden vectors.</summary>
    const string FolderVariable = "EDGEQINN_GOLDEN_MODELS";

    static readonly string? _folder = Environment.GetEnvironmentVariable(FolderVariable);

    public static TheoryData<string, Isa> Models
    {
        get
        {
            var cases = new TheoryData<string, Isa>();
            if (_folder is null) return cases;
            foreach (string file in Directory.GetFiles(_folder, "*.eqn").Order())
                foreach (var isa in Cpu.Allowed(null)) cases.Add(Path.GetFileName(file), isa);
            return cases;
        }
    }

    [GoldenModelTheory]
    [MemberData(nameof(Models))]
    public void Reproduces_its_golden_vectors(string file, Isa isa)
    {
        using var model = Model.Load(Path.Combine(_folder!, file), Cpu.Allowed(isa.ToString()));
        using var session = model.CreateSession();

        var results = GoldenCheck.Run(session, model.File!.Golden!);

        Assert.NotEmpty(results);
        Assert.All(results, r => Assert.True(r.Failures == 0, $"{file}: {r}"));
    }

    sealed class GoldenModelTheoryAttribute : TheoryAttribute
    {
        public GoldenModelTheoryAttribute() => Skip = _folder is null ? $"{FolderVariable} is not set" : null;
    }
}
