using System.Collections.Immutable;
using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>NumPy's broadcasting: shapes aligned at the last axis; a dimension of 1 repeats.</summary>
static class Broadcasting
{
    /// <summary>The shape that both broadcast to.</summary>
    public static ImmutableArray<int> Shape(OperatorCall call, ImmutableArray<int> a, ImmutableArray<int> b)
    {
        int rank = Math.Max(a.Length, b.Length);
        var shape = new int[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            int da = axis < rank - a.Length ? 1 : a[axis - (rank - a.Length)], db = axis < rank - b.Length ? 1 : b[axis - (rank - b.Length)];
            if (da != db && da != 1 && db != 1) throw call.Fail($"shapes [{string.Join(',', a)}] and [{string.Join(',', b)}] do not broadcast");
            shape[axis] = da == 1 ? db : da;
        }
        return ImmutableCollectionsMarshal.AsImmutableArray(shape);
    }

    /// <summary>The shape that all inputs broadcast to.</summary>
    public static ImmutableArray<int> Shape(OperatorCall call)
    {
        var shape = call.Input(0).Shape;
        for (int i = 1; i < call.InputCount; i++) shape = Shape(call, shape, call.Input(i).Shape);
        return shape;
    }

    /// <summary>Whether input <paramref name="i"/> is laid out as the broadcast result is, so that the result may be written over it element by element.</summary>
    public static bool Fits(OperatorCall call, int i) => call.Input(i).Shape.AsSpan().SequenceEqual(Shape(call).AsSpan());

    /// <summary>The nest over <paramref name="output"/>; operands are the inputs listed, then the output.</summary>
    public static LoopNest Nest(ImmutableArray<int> output, params ReadOnlySpan<TensorType> inputs)
    {
        var shapes = new int[inputs.Length][];
        for (int i = 0; i < shapes.Length; i++) shapes[i] = [.. inputs[i].Shape];
        return LoopNest.Broadcast(output.AsSpan(), shapes);
    }
}
