using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.VectorMath;
using EdgeQinn.Runtime.Tests.Kernels.Coverage;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels;

/// <summary>The elementary functions against double precision, on every width this CPU has.</summary>
public unsafe class LanesTests
{
    public static TheoryData<string, Isa> Cases()
    {
        var cases = new TheoryData<string, Isa>();
        foreach (string function in Functions.Keys)
            foreach (Isa isa in new[] { Isa.Vector128, Isa.Avx2, Isa.Avx512 })
                if (Cpu.Supports(isa)) cases.Add(function, isa);
        return cases;
    }

    /// <summary>The exact function, the bound in ulp, and the smallest normal result the bound holds for.</summary>
    sealed record Function(Func<double, double> Exact, double Ulp, double Smallest);

    static readonly Dictionary<string, Function> Functions = new()
    {
        ["exp"] = new(Math.Exp, 1.0, 0),
        ["expNormal"] = new(Math.Exp, 1.0, 0),
        ["sigmoid"] = new(x => 1 / (1 + Math.Exp(-x)), 3, 2.2e-39),
        ["tanh"] = new(Math.Tanh, 3, 0),
        ["log"] = new(Math.Log, 2, 0),
        ["erf"] = new(Definition.Erf, 3, 0),
    };

    [Theory, MemberData(nameof(Cases))]
    public void Within_the_documented_error_over_all_floats(string name, Isa isa)
    {
        var function = Functions[name];
        const int stride = 8191; // a prime, so that all mantissa patterns and exponents come up
        var x = new float[64];
        double worst = 0;
        float worstAt = 0;
        for (long bits = 0; bits <= uint.MaxValue;)
        {
            int n = 0;
            for (; n < x.Length && bits <= uint.MaxValue; bits += stride)
            {
                float v = BitConverter.UInt32BitsToSingle((uint)bits);
                if (float.IsFinite(v) && InDomain(name, v)) x[n++] = v;
            }
            var y = Apply(name, isa, x.AsSpan(0, n));
            for (int i = 0; i < n; i++)
            {
                double error = Ulps(y[i], function.Exact(x[i]), function.Smallest);
                if (error > worst) (worst, worstAt) = (error, x[i]);
            }
        }
        Assert.True(worst <= function.Ulp, $"{name}/{isa}: {worst:F2} ulp at {worstAt:G9}");
    }

    [Theory, MemberData(nameof(Cases))]
    public void Special_values(string name, Isa isa)
    {
        float[] x = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue];
        float[] y = Apply(name, isa, x);
        Assert.True(float.IsNaN(y[0]));
        switch (name)
        {
            case "exp":
                Assert.Equal([float.PositiveInfinity, 0f, 1f, 1f, 1f, 1f, float.PositiveInfinity, 0f], y[1..]);
                break;
            case "sigmoid":
                Assert.Equal([1f, 0f, 0.5f, 0.5f, 0.5f, 0.5f, 1f, 0f], y[1..]);
                break;
            case "tanh" or "erf":
                Assert.Equal([1f, -1f], y[1..3]);
                Assert.Equal([1f, -1f], y[7..9]);
                Assert.Equal(0f, y[3]);
                Assert.Equal(0f, y[4]);
                break;
            case "log":
                Assert.Equal([float.PositiveInfinity, float.NaN, float.NegativeInfinity, float.NegativeInfinity], y[1..5]);
                Assert.True(float.IsNaN(y[6]) && float.IsNaN(y[8]));
                break;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Saturating_functions_stay_in_range(string name, Isa isa)
    {
        if (name is not ("sigmoid" or "tanh" or "erf")) return;
        float[] x = [.. Enumerable.Range(0, 4000).Select(i => (i - 2000) * 0.01f)];
        float low = name == "sigmoid" ? 0 : -1;
        float[] y = Apply(name, isa, x);
        Assert.InRange(y.Min(), low, 1f);
        Assert.InRange(y.Max(), low, 1f);
    }

    static bool InDomain(string name, float x) => name switch
    {
        "expNormal" => x is >= -87 and <= 88,
        "log" => x > 0,
        _ => true,
    };

    /// <summary>The error in units of the spacing of floats at the exact result; results below <paramref name="smallest"/> may be 0.</summary>
    static double Ulps(float got, double exact, double smallest)
    {
        if (Math.Abs(exact) > float.MaxValue * (1 + 1e-8)) return float.IsInfinity(got) && Math.Sign(got) == Math.Sign(exact) ? 0 : double.PositiveInfinity;
        if (Math.Abs(exact) < smallest) return Math.Abs(got) <= smallest ? 0 : double.PositiveInfinity;
        if (!float.IsFinite(got)) return exact > float.MaxValue * (1 - 2e-7) ? 1 : double.PositiveInfinity;
        int exponent = exact == 0 ? -126 : Math.Max(Math.ILogB(exact), -126);
        return Math.Abs(got - exact) / Math.ScaleB(1, exponent - 23);
    }

    static float[] Apply(string name, Isa isa, ReadOnlySpan<float> x) => isa switch
    {
        Isa.Avx512 => Apply<Lanes16>(name, x),
        Isa.Avx2 => Apply<Lanes8>(name, x),
        _ => Apply<Lanes4>(name, x),
    };

    static float[] Apply<V>(string name, ReadOnlySpan<float> x) where V : unmanaged, ILanes<V>
    {
        var y = new float[x.Length];
        fixed (float* from = x, to = y)
            for (int i = 0; i < y.Length; i += V.Count)
            {
                int n = Math.Min(V.Count, y.Length - i);
                V v = V.LoadFirst(from + i, n);
                V.StoreFirst(name switch
                {
                    "exp" => Lanes.Exp(v),
                    "expNormal" => Lanes.ExpNormal(v),
                    "sigmoid" => Lanes.Sigmoid(v),
                    "tanh" => Lanes.Tanh(v),
                    "log" => Lanes.Log(v),
                    "erf" => Lanes.Erf(v),
                    _ => throw new ArgumentException(name),
                }, to + i, n);
            }
        return y;
    }
}
