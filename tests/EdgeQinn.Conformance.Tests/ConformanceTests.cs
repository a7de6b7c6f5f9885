using EdgeQinn.Converter.Import;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Conformance.Tests;

/// <summary>ONNX's backend cases through the real path: read, convert, write, load, run, compare; on every kernel family this CPU has.</summary>
public class ConformanceTests
{
    public static TheoryData<string, string> Supported
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string name in ConformanceCase.Names.Where(n => RefusedCases.ReasonFor(n) is null))
                foreach (Isa isa in Cpu.Allowed(null)) data.Add(name, isa.ToString());
            return data;
        }
    }

    public static TheoryData<string> Refused => [.. ConformanceCase.Names.Where(n => RefusedCases.ReasonFor(n) is not null)];

    [SharedTheory]
    [MemberData(nameof(Supported))]
    public void Case_gives_the_suites_outputs(string name, string isa) => new ConformanceCase(name).Run(Enum.Parse<Isa>(isa));

    [SharedTheory]
    [MemberData(nameof(Refused))]
    public void Case_outside_the_runtime_is_refused_with_the_reason(string name)
    {
        var error = Assert.Throws<ConversionException>(() => new ConformanceCase(name).Convert());
        Assert.Contains(RefusedCases.ReasonFor(name)!, error.Message, StringComparison.Ordinal);
    }

    /// <summary>As inputs these types are refused; as constants they are decoded, and then the suite's outputs must come out.</summary>
    [SharedTheory]
    [InlineData("test_cast_FLOAT8E4M3FNUZ_to_FLOAT")]
    [InlineData("test_cast_FLOAT8E4M3FNUZ_to_FLOAT16")]
    [InlineData("test_cast_FLOAT8E5M2_to_FLOAT")]
    [InlineData("test_cast_FLOAT8E4M3FN_to_FLOAT16")]
    [InlineData("test_cast_INT4_to_FLOAT")]
    [InlineData("test_cast_INT4_to_FLOAT16")]
    [InlineData("test_cast_UINT4_to_FLOAT")]
    [InlineData("test_cast_UINT4_to_FLOAT16")]
    [InlineData("test_castlike_FLOAT8E5M2FNUZ_to_FLOAT_expanded")]
    [InlineData("test_dequantizelinear_int4")]
    [InlineData("test_dequantizelinear_uint4")]
    [InlineData("test_dequantizelinear_e4m3fn_float16")]
    [InlineData("test_dequantizelinear_e4m3fn_zero_point")]
    public void Refused_input_types_are_read_as_constants(string name) =>
        new ConformanceCase(ConformanceCase.Names.Single(n => Path.GetFileName(n) == name)).RunWithConstants();

    [SharedFact]
    public void Every_refused_case_is_in_the_suite() =>
        Assert.Empty(RefusedCases.Names.Except(ConformanceCase.Names.Select(n => Path.GetFileName(n))));
}
