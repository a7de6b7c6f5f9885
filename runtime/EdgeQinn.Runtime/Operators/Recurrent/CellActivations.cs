using EdgeQinn.Runtime.Kernels.Recurrent;

namespace EdgeQinn.Runtime.Operators.Recurrent;

/// <summary>Reads the activations that a recurrent node names.</summary>
static class CellActivations
{
    /// <summary>The activations of all directions, in order; <paramref name="standard"/> are those of one direction where none are named.</summary>
    public static CellActivation[] Parse(OperatorCall call, int directions, params ReadOnlySpan<CellActivationKind> standard)
    {
        string text = call.Attributes.Text("activations");
        string[] names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var result = new CellActivation[directions * standard.Length];
        if (names.Length == 0)
        {
            for (int i = 0; i < result.Length; i++) result[i] = new CellActivation(standard[i % standard.Length]);
            return result;
        }
        if (names.Length != result.Length) throw call.Fail($"names {names.Length} activations, needs {result.Length}");
        Queue<float> alphas = Queue(call, "activation_alpha"), betas = Queue(call, "activation_beta");
        for (int i = 0; i < names.Length; i++)
        {
            if (!Enum.TryParse(names[i], ignoreCase: true, out CellActivationKind kind) || !Enum.IsDefined(kind) || char.IsAsciiDigit(names[i][0]))
                throw call.Fail($"activation '{names[i]}' is not known");
            var (alpha, beta) = Defaults(kind);
            if (alpha is not null && alphas.TryDequeue(out float a)) alpha = a;
            if (beta is not null && betas.TryDequeue(out float b)) beta = b;
            result[i] = new CellActivation(kind, alpha ?? 0, beta ?? 0);
        }
        return result;
    }

    /// <summary>The parameters an activation takes and what they are where not given.</summary>
    static (float? Alpha, float? Beta) Defaults(CellActivationKind kind) => kind switch
    {
        CellActivationKind.Affine => (1, 0),
        CellActivationKind.LeakyRelu => (0.01f, null),
        CellActivationKind.ThresholdedRelu or CellActivationKind.Elu => (1, null),
        CellActivationKind.ScaledTanh => (1, 1),
        CellActivationKind.HardSigmoid => (0.2f, 0.5f),
        _ => (null, null),
    };

    static Queue<float> Queue(OperatorCall call, string attribute) => call.Attributes.Floats(attribute) is { IsDefault: false } values ? new(values) : new();
}
