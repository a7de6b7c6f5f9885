using EdgeQinn.OnnxRuntime;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests;

/// <summary>A test that needs ONNX Runtime's library, and recordings where it says so; skipped, saying so, where they are absent.</summary>
public sealed class OrtTheoryAttribute : TheoryAttribute
{
    bool _needsShared;

    public OrtTheoryAttribute() => Skip = OrtLibrary.IsAvailable ? null : OrtLibrary.HowToGet;

    public bool NeedsShared
    {
        get => _needsShared;
        set
        {
            _needsShared = value;
            if (value && SharedData.Root is null) Skip ??= "shared/ (recordings and reference models) is not beside this checkout";
        }
    }
}

/// <summary>The <see cref="OrtTheoryAttribute"/> of facts.</summary>
public sealed class OrtFactAttribute : FactAttribute
{
    public OrtFactAttribute() => Skip = OrtLibrary.IsAvailable ? null : OrtLibrary.HowToGet;
}
