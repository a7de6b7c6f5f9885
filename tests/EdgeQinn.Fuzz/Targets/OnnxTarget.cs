using EdgeQinn.Converter;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using EdgeQinn.Testing.Onnx;

namespace EdgeQinn.Fuzz.Targets;

/// <summary>ONNX models, mutated field by field: read, converted, bound and written.</summary>
sealed class OnnxTarget : Target
{
    readonly List<byte[]> _seeds = [.. OnnxSeeds.Names.Select(OnnxSeeds.Get), .. SeedFiles(".onnx")];

    public OnnxTarget()
    {
        if (SharedData.Root is null) return;
        foreach (string model in Directory.EnumerateFiles(SharedData.Path("data/conformance/onnx-1.17"), "model.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            _seeds.Add(File.ReadAllBytes(model));
    }

    public override string Name => "onnx";

    public override (long Factor, long Constant) Allocation => (64, 64 << 10);

    public override byte[] Make(Random random) => new ProtoMutator(random).Mutate(Pick(_seeds, random, s => s.Length));

    public override object Read(byte[] input) => OnnxReader.Read(input, "hostile.onnx");

    public override void Use(object? read, Random random) => EqnWriter.ToArray(Conversion.Run((OnnxModel)read!, new ConvertOptions()).Contents);
}
