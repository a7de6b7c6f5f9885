using System.CommandLine;
using System.Globalization;
using EdgeQinn.Converter.Import;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary>The options <c>--shape</c> and <c>--const</c>.</summary>
sealed class ImportArguments
{
    readonly Option<string[]> _shapes = new("--shape")
    {
        Description = "Shape of an input, or size of a named dimension: --shape waveform=1,1,256 --shape batch=1. What stays open is 1.",
        HelpName = "NAME=SIZES", AllowMultipleArgumentsPerToken = true,
    };

    readonly Option<string[]> _constants = new("--const")
    {
        Description = "Fixed contents for an input, which then is none any longer: --const axes=0,2.",
        HelpName = "NAME=VALUES", AllowMultipleArgumentsPerToken = true,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_shapes);
        command.Options.Add(_constants);
    }

    /// <exception cref="UsageException">An option does not have the form NAME=VALUES.</exception>
    public ImportOptions Read(ParseResult parsed, OnnxModel model)
    {
        var shapes = new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal);
        foreach (string text in parsed.GetValue(_shapes) ?? [])
        {
            var (name, values) = Split(text, "--shape");
            int[] sizes = Array.ConvertAll(values, v => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size
                : throw new UsageException($"--shape {text}: '{v}' is no size"));
            if (!shapes.TryAdd(name, sizes)) throw new UsageException($"--shape {name} is given twice");
        }
        var constants = new Dictionary<string, EncodedTensor>(StringComparer.Ordinal);
        foreach (string text in parsed.GetValue(_constants) ?? [])
        {
            var (name, values) = Split(text, "--const");
            var input = model.Graph.Inputs.FirstOrDefault(i => i.Name == name) ?? throw new UsageException($"--const {name}: the model has no such input");
            if (!constants.TryAdd(name, Constant(input, values, text))) throw new UsageException($"--const {name} is given twice");
        }
        return new ImportOptions { Shapes = shapes, Constants = constants };
    }

    static (string Name, string[] Values) Split(string text, string option)
    {
        int at = text.LastIndexOf('=');
        if (at < 1) throw new UsageException($"{option} {text}: expected NAME=VALUES");
        string values = text[(at + 1)..].Trim('[', ']', ' ');
        return (text[..at], values.Length == 0 ? [] : values.Split(',', StringSplitOptions.TrimEntries));
    }

    static EncodedTensor Constant(OnnxValueInfo input, string[] values, string text)
    {
        int[] shape = input.Shape is { Count: 0 } && values.Length == 1 ? [] : [values.Length];
        T[] Numbers<T>() where T : IParsable<T> => Array.ConvertAll(values, v => T.TryParse(v, CultureInfo.InvariantCulture, out var number) ? number
            : throw new UsageException($"--const {text}: '{v}' is no {ElementNames.Name(input.ElementType)}"));
        return (ElementType)input.ElementType switch
        {
            ElementType.Int64 => EncodedTensor.FromSpan<long>(Numbers<long>(), shape),
            ElementType.Int32 => EncodedTensor.FromSpan<int>(Numbers<int>(), shape),
            ElementType.Float32 => EncodedTensor.FromSpan<float>(Numbers<float>(), shape),
            ElementType.Float64 => EncodedTensor.FromSpan<double>(Numbers<double>(), shape),
            ElementType.Bool => EncodedTensor.FromSpan<bool>(Numbers<bool>(), shape),
            _ => throw new UsageException($"--const {text}: inputs of type {ElementNames.Name(input.ElementType)} cannot be bound on the command line"),
        };
    }
}
