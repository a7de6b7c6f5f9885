using System.CommandLine;
using System.Text;
using System.Text.Json;
using EdgeQinn.Converter.Import;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary><c>edgeqinn-convert verify</c>: original and file side by side, layer by layer.</summary>
static class VerifyCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL.onnx") { Description = "The original network." };
        var reference = new Option<string>("--reference") { Description = "What runs the original: scalar (operator by operator on the runtime's reference kernels), or onnxruntime.", DefaultValueFactory = _ => "scalar" };
        reference.AcceptOnlyFromAmong("scalar", "onnxruntime");
        var file = new Argument<string>("OUT.eqn") { Description = "The converted network; runs on this CPU's best kernels." };
        var data = new Option<string?>("--data") { Description = "Arrays named after the inputs. Without it: the file's golden vectors, else random numbers.", HelpName = "FILE.npz" };
        var cases = new Option<int>("--cases") { Description = "The most cases to run.", HelpName = "N", DefaultValueFactory = _ => 16 };
        var tolerance = new Option<double>("--tolerance") { Description = "The error a layer may show, relative to its largest value where that is above 1.", HelpName = "T", DefaultValueFactory = _ => 1e-4 };
        var json = new Option<bool>("--json") { Description = "Report as JSON." };
        var import = new ImportArguments();
        var command = new Command("verify", "Compares a converted network with its original and names the first layer that differs.") { model, file, data, cases, reference, tolerance, json };
        import.AddTo(command);
        command.SetAction(parsed => Cli.Guard(() =>
        {
            var onnx = OnnxReader.Load(parsed.GetRequiredValue(model));
            using var eqn = EqnFile.Open(parsed.GetRequiredValue(file));
            var given = import.Read(parsed, onnx);
            var shapes = new Dictionary<string, IReadOnlyList<int>>(given.Shapes, StringComparer.Ordinal);
            foreach (int input in eqn.Graph.Inputs) shapes.TryAdd(eqn.Graph.Values[input].Name, eqn.Graph.Values[input].Type.Shape);
            var original = Conversion.Run(onnx, new ConvertOptions { Import = given with { Shapes = shapes }, Optimize = false }).Graph;
            var inputs = VerifyInputs.Read(original, eqn, parsed.GetValue(data), parsed.GetValue(cases));
            using ILayerReference runner = parsed.GetValue(reference) == "onnxruntime" ? new OnnxRuntimeReference(onnx, eqn.Graph) : new ScalarReference(original);
            var layers = LayerCheck.Run(runner, eqn.Graph, inputs);
            if (!layers.Any(l => l.IsOutput)) throw new GraphException($"{parsed.GetValue(file)} has no float32 output in common with {parsed.GetValue(model)}; is it the same network?");

            double bound = parsed.GetValue(tolerance);
            var first = layers.FirstOrDefault(l => l.Exceeds(bound));
            if (parsed.GetValue(json)) WriteJson(layers, first, inputs.Count, bound);
            else WriteText(layers, first, inputs.Count, bound);
            return first is null ? Cli.Success : Cli.FailedCheck;
        }));
        return command;
    }

    static void WriteText(IReadOnlyList<LayerError> layers, LayerError? first, int cases, double bound)
    {
        int width = layers.Max(l => l.Value.Length);
        foreach (var layer in layers)
            Console.WriteLine($"  {layer.Value.PadRight(width)}  error {layer.MaxError:0.00e+00}  scale {layer.Scale:0.00e+00}{(layer.IsOutput ? "  output" : "")}{(layer.Exceeds(bound) ? "  EXCEEDS" : "")}");
        Console.WriteLine(first is null
            ? $"{layers.Count} values agree within {bound:g3} over {cases} cases"
            : $"first difference beyond {bound:g3}: value '{first.Value}' of layer '{first.Layer}', error {first.MaxError:g3}");
    }

    static void WriteJson(IReadOnlyList<LayerError> layers, LayerError? first, int cases, double bound)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("passed", first is null);
            json.WriteNumber("cases", cases);
            json.WriteNumber("tolerance", bound);
            json.WriteString("firstDifference", first?.Layer);
            json.WriteStartArray("values");
            foreach (var layer in layers)
            {
                json.WriteStartObject();
                json.WriteString("value", layer.Value);
                json.WriteString("layer", layer.Layer);
                if (double.IsFinite(layer.MaxError)) json.WriteNumber("maxError", layer.MaxError);
                else json.WriteNull("maxError");
                json.WriteNumber("scale", layer.Scale);
                json.WriteBoolean("output", layer.IsOutput);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        Console.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
