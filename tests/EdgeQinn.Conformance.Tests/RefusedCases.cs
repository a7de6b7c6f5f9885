using System.Text;

namespace EdgeQinn.Conformance.Tests;

/// <summary>
/// The cases that are refused on purpose, with words of the refusal. The tests assert that each is really refused; converter/ONNX.md has the table. Element types that the runtime does not have are refused as inputs and outputs, which all cases
/// here use them for; constants of 4-bit integers and 8-bit floats are read, and the tests run cases with their inputs made constants.
/// </summary>
static class RefusedCases
{
    static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        // float8e4m3fnuz: the runtime has no such element type
        ["test_cast_FLOAT16_to_FLOAT8E4M3FNUZ"] = "float8e4m3fnuz, which the runtime does not have",
        ["test_cast_FLOAT8E4M3FNUZ_to_FLOAT"] = "float8e4m3fnuz, which the runtime does not have",
        ["test_cast_FLOAT8E4M3FNUZ_to_FLOAT16"] = "float8e4m3fnuz, which the runtime does not have",
        ["test_cast_no_saturate_FLOAT16_to_FLOAT8E4M3FNUZ"] = "float8e4m3fnuz, which the runtime does not have",
        ["test_cast_no_saturate_FLOAT_to_FLOAT8E4M3FNUZ"] = "float8e4m3fnuz, which the runtime does not have",
        ["test_castlike_FLOAT8E4M3FN_to_FLOAT_expanded"] = "float8e4m3fnuz, which the runtime does not have",
        ["test_castlike_FLOAT_to_FLOAT8E4M3FNUZ_expanded"] = "float8e4m3fnuz, which the runtime does not have",
        // float8e5m2: the runtime has no such element type
        ["test_cast_FLOAT16_to_FLOAT8E5M2"] = "float8e5m2, which the runtime does not have",
        ["test_cast_FLOAT8E5M2_to_FLOAT"] = "float8e5m2, which the runtime does not have",
        ["test_cast_FLOAT_to_FLOAT8E5M2"] = "float8e5m2, which the runtime does not have",
        ["test_cast_no_saturate_FLOAT_to_FLOAT8E5M2"] = "float8e5m2, which the runtime does not have",
        ["test_castlike_FLOAT_to_FLOAT8E5M2_expanded"] = "float8e5m2, which the runtime does not have",
        ["test_quantizelinear_e5m2"] = "float8e5m2, which the runtime does not have",
        // int4: the runtime has no such element type
        ["test_cast_FLOAT16_to_INT4"] = "int4, which the runtime does not have",
        ["test_cast_INT4_to_FLOAT"] = "int4, which the runtime does not have",
        ["test_cast_INT4_to_FLOAT16"] = "int4, which the runtime does not have",
        ["test_dequantizelinear_int4"] = "int4, which the runtime does not have",
        // float8e4m3fn: the runtime has no such element type
        ["test_cast_FLOAT8E4M3FN_to_FLOAT16"] = "float8e4m3fn, which the runtime does not have",
        ["test_cast_FLOAT_to_FLOAT8E4M3FN"] = "float8e4m3fn, which the runtime does not have",
        ["test_cast_no_saturate_FLOAT16_to_FLOAT8E4M3FN"] = "float8e4m3fn, which the runtime does not have",
        ["test_castlike_FLOAT_to_FLOAT8E4M3FN_expanded"] = "float8e4m3fn, which the runtime does not have",
        ["test_dequantizelinear_e4m3fn_float16"] = "float8e4m3fn, which the runtime does not have",
        ["test_dequantizelinear_e4m3fn_zero_point"] = "float8e4m3fn, which the runtime does not have",
        ["test_quantizelinear_e4m3fn"] = "float8e4m3fn, which the runtime does not have",
        // uint4: the runtime has no such element type
        ["test_cast_UINT4_to_FLOAT"] = "uint4, which the runtime does not have",
        ["test_cast_UINT4_to_FLOAT16"] = "uint4, which the runtime does not have",
        ["test_dequantizelinear_uint4"] = "uint4, which the runtime does not have",
        // float8e5m2fnuz: the runtime has no such element type
        ["test_castlike_FLOAT8E5M2FNUZ_to_FLOAT_expanded"] = "float8e5m2fnuz, which the runtime does not have",
        ["test_castlike_FLOAT8E5M2_to_FLOAT_expanded"] = "float8e5m2fnuz, which the runtime does not have",
        ["test_castlike_FLOAT_to_FLOAT8E5M2FNUZ_expanded"] = "float8e5m2fnuz, which the runtime does not have",
        // string: the runtime has no such element type
        ["test_castlike_STRING_to_FLOAT_expanded"] = "string, which the runtime does not have",
        // results are random by definition
        ["test_training_dropout"] = "is in training mode",
        ["test_training_dropout_default"] = "is in training mode",
        ["test_training_dropout_mask"] = "is in training mode",
    };

    /// <summary>The cases by reason, as converter/ONNX.md has them.</summary>
    public static string Table()
    {
        var text = new StringBuilder("""
            ## Refused

            ONNX's backend cases (1.17) that are refused on purpose, with the reason that the error gives; written and checked by `RefusalTableTests` of the conformance
            tests, as the table above. The runtime's element types are those of a sensor's network: 8-bit floats, 4-bit integers and text are refused as inputs, outputs
            and computed values. As constants all but text are read, where DequantizeLinear or Cast takes them: the tests run such cases with their inputs made
            constants, and the suite's outputs come out. Other cases of these types, and other operators in training mode, are refused with the same reasons.

            | reason | cases |
            |---|---|

            """);
        foreach (var group in Reasons.GroupBy(r => r.Value).OrderBy(g => g.Key, StringComparer.Ordinal))
            text.AppendLine($"| {group.Key} | {string.Join(", ", group.Select(r => r.Key).Order(StringComparer.Ordinal))} |");
        text.AppendLine().AppendLine("Cases whose stored outputs contradict the standard's text are compared with what the text says:").AppendLine();
        foreach (var (name, why) in CorrectedCases.Reasons) text.AppendLine($"- {name}: {why}");
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>The names of the refused cases.</summary>
    public static IEnumerable<string> Names => Reasons.Keys;

    /// <summary>Why the case is refused; null where it is supported.</summary>
    public static string? ReasonFor(string name) => Reasons.GetValueOrDefault(Path.GetFileName(name));
}
