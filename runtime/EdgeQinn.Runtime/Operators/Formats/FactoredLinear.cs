using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators.Dense;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Linear layers whose weight is a product or a sum of others: each part is a linear layer of its own.</summary>
static unsafe class FactoredLinear
{
    /// <summary>y = clamp(U (V x) + b): the first product goes to scratch, the second has the bias and the clamp.</summary>
    public static void PlanLowRank(LinearLayer layer, StepPlanner planner)
    {
        var weight = (LowRankWeight)WeightEncodings.Read(layer.Weights);
        if (weight.MultiplyAdds >= (long)weight.Rows * weight.Columns)
        {
            MaterialisedLinear.Plan(layer, weight, planner);
            return;
        }
        var state = planner.Scratch((long)layer.Rows * weight.Rank * sizeof(float));
        LinearFormats.Plan(new LinearLayer(weight.V.Encode(), layer.Rows, layer.X, state, null), planner);
        LinearFormats.Plan(layer with { Weights = weight.U.Encode(), X = state }, planner);
    }

    /// <summary>y = clamp(F (H x) + b).</summary>
    public static void PlanHadamard(LinearLayer layer, StepPlanner planner)
    {
        var weight = (HadamardWeight)WeightEncodings.Read(layer.Weights);
        if (weight.MultiplyAdds >= (long)weight.Rows * weight.Columns)
        {
            MaterialisedLinear.Plan(layer, weight, planner);
            return;
        }
        var spectrum = planner.Scratch((long)layer.Rows * weight.Size * sizeof(float));
        var scratch = planner.Scratch((long)weight.Size * sizeof(float));
        planner.Step(planner.Select(WalshTransform.Family), (ref WalshTransformArgs args, SessionMemory memory) => args = new WalshTransformArgs
        {
            X = memory.Pointer<float>(layer.X), Y = memory.Pointer<float>(spectrum), Scratch = memory.Pointer<float>(scratch),
            Length = weight.Columns, Size = weight.Size, Batch = layer.Rows,
        });
        LinearFormats.Plan(layer with { Weights = weight.F.Encode(), X = spectrum }, planner);
    }

    /// <summary>y = clamp(Σ W_t x + b): the first term has the bias, the last addition the clamp.</summary>
    public static void PlanSum(LinearLayer layer, StepPlanner planner)
    {
        var weight = (SumWeight)WeightEncodings.Read(layer.Weights);
        int m = weight.Rows;
        if (weight.Terms.Length > 1 && weight.Terms.Sum(t => Cost(t, layer.Rows)) >= (double)m * weight.Columns)
        {
            MaterialisedLinear.Plan(layer, weight, planner);
            return;
        }
        LinearFormats.Plan(layer with { Weights = weight.Terms[0].Encode(), Low = float.NegativeInfinity, High = float.PositiveInfinity }, planner);
        for (int t = 1; t < weight.Terms.Length; t++)
        {
            bool last = t == weight.Terms.Length - 1;
            var term = planner.Scratch((long)layer.Rows * m * sizeof(float));
            LinearFormats.Plan(new LinearLayer(weight.Terms[t].Encode(), layer.Rows, layer.X, term, null), planner);
            Add(planner, layer.Y, m, term, m, layer.Y, m, layer.Rows, m, last ? layer.Low : float.NegativeInfinity, last ? layer.High : float.PositiveInfinity);
        }
        if (weight.Terms.Length == 1 && (float.IsFinite(layer.Low) || float.IsFinite(layer.High)))
            Add(planner, layer.Y, m, DenseLinear.Zeros(m, planner), 0, layer.Y, m, layer.Rows, m, layer.Low, layer.High);
    }

    /// <summary>A term's multiply-adds, counted as those of a dense matrix that take as long: int8 ones are about half, of sparse ones the break-even density is all.</summary>
    static double Cost(Weight term, int inputs)
    {
        double dense = (double)term.Rows * term.Columns;
        return term switch
        {
            Int8Weight => 0.5 * dense,
            BlockSparseWeight sparse => Math.Min(dense, sparse.MultiplyAdds / BlockSparseLinear.BreakEven(sparse, inputs)),
            SumWeight sum => Math.Min(dense, sum.Terms.Sum(t => Cost(t, inputs))),
            _ => Math.Min(dense, term.MultiplyAdds),
        };
    }

    /// <summary>y = clamp(S·C_g·U x + b) for each group g; Schmidt is an MPS of two cores.</summary>
    public static void PlanEntangled(LinearLayer layer, StepPlanner planner)
    {
        var weight = (EntangledWeight)WeightEncodings.Read(layer.Weights);
        if (weight.Kind == EntangledKind.Schmidt)
        {
            MpsLinear.Plan(layer, weight.Operator(), planner);
            return;
        }
        if (weight.MultiplyAdds >= (long)weight.Rows * weight.Columns)
        {
            MaterialisedLinear.Plan(layer, weight, planner);
            return;
        }
        int groups = weight.Groups, r1 = weight.U.Rows, r2 = weight.S.Columns;
        var state = planner.Scratch((long)layer.Rows * r1 * sizeof(float));
        var coupled = planner.Scratch((long)layer.Rows * groups * r2 * sizeof(float));
        LinearFormats.Plan(new LinearLayer(weight.U.Encode(), layer.Rows, layer.X, state, null), planner);
        if (weight.Kind == EntangledKind.Coupled)
            LinearFormats.Plan(new LinearLayer(EncodedTensor.FromSpan<float>(weight.Couplings(), groups * r2, r1), layer.Rows, state, coupled, null), planner);
        else
            PlanCoupling(weight, layer.Rows, state, coupled, planner);
        bool here = layer.Bias is null;
        LinearFormats.Plan(new LinearLayer(weight.S.Encode(), layer.Rows * groups, coupled, layer.Y, null,
            here ? layer.Low : float.NegativeInfinity, here ? layer.High : float.PositiveInfinity), planner);
        if (layer.Bias is { } bias) Add(planner, layer.Y, weight.Rows, bias, 0, layer.Y, weight.Rows, layer.Rows, weight.Rows, layer.Low, layer.High);
    }

    static void PlanCoupling(EntangledWeight weight, int rows, BufferRef state, BufferRef coupled, StepPlanner planner)
    {
        int groups = weight.Groups, rank = weight.U.Rows;
        bool rotates = weight.Kind == EntangledKind.Rotation;
        float[] full = weight.Couplings();
        float* own = planner.Allocate<float>((long)groups * rank), other = rotates ? planner.Allocate<float>((long)groups * rank) : null;
        for (int g = 0; g < groups; g++)
            for (int k = 0; k < rank; k++)
            {
                own[g * rank + k] = full[(g * rank + k) * rank + k];
                if (rotates) other[g * rank + k] = full[(g * rank + k) * rank + (k ^ 1)];
            }
        var scratch = planner.Scratch((long)rank * sizeof(float));
        planner.Step(planner.Select(Coupling.Family), (ref CouplingArgs args, SessionMemory memory) => args = new CouplingArgs
        {
            H = memory.Pointer<float>(state), Z = memory.Pointer<float>(coupled), Own = own, Other = other, Scratch = memory.Pointer<float>(scratch),
            Batch = rows, Groups = groups, Rank = rank,
        });
    }

    /// <summary>Appends y = clamp(a + b).</summary>
    public static void Add(StepPlanner planner, BufferRef a, int aStride, BufferRef b, int bStride, BufferRef y, int yStride, int rows, int columns, float low, float high) =>
        planner.Step(planner.Select(SumClamp.Family), (ref SumClampArgs args, SessionMemory memory) => args = new SumClampArgs
        {
            A = memory.Pointer<float>(a), B = memory.Pointer<float>(b), Y = memory.Pointer<float>(y),
            AStride = aStride, BStride = bStride, YStride = yStride, Rows = rows, Columns = columns, Lo = low, Hi = high,
        });
}
