using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn kernels</c>: the kernel table, and which implementation this CPU gets.</summary>
static class KernelsVerb
{
    public static readonly Verb Verb = new("kernels", "the kernel table: what runs on this CPU", [], [],
        () => $"{Cpu.OverrideVariable}=scalar|vector128|neon|neondot|avx2|avx512 caps the instruction set, here and in every verb.", Run);

    static int Run(Invocation call)
    {
        var allowed = IsaChoice.Allowed();
        if (call.Json) WriteJson(call.Output, allowed);
        else WriteText(call.Output, allowed);
        return 0;
    }

    static void WriteText(TextWriter output, IReadOnlyList<Isa> allowed)
    {
        output.WriteLine($"this CPU: {string.Join(", ", allowed.Select(IsaChoice.Name))}\n");
        var table = new TextTable("family", "chosen", "also", "computes");
        foreach (var family in KernelTable.All)
        {
            var chosen = Chosen(family, allowed);
            table.Add(family.Name, IsaChoice.Name(chosen), string.Join(' ', family.Implementations.Where(i => i != chosen).Select(IsaChoice.Name)), family.Contract);
        }
        table.Write(output);
    }

    static void WriteJson(TextWriter output, IReadOnlyList<Isa> allowed) => JsonOutput.Write(output, true, json =>
    {
        json.WriteStartArray("allowed");
        foreach (var isa in allowed) json.WriteStringValue(IsaChoice.Name(isa));
        json.WriteEndArray();
        json.WriteStartArray("families");
        foreach (var family in KernelTable.All)
        {
            json.WriteStartObject();
            json.WriteString("name", family.Name);
            json.WriteString("contract", family.Contract);
            json.WriteString("chosen", IsaChoice.Name(Chosen(family, allowed)));
            json.WriteStartArray("implementations");
            foreach (var isa in family.Implementations) json.WriteStringValue(IsaChoice.Name(isa));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    static Isa Chosen(KernelFamily family, IReadOnlyList<Isa> allowed) => allowed.First(family.Implementations.Contains);
}
