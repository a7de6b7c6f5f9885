using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>Indices that are known when a model is planned.</summary>
static class IndexConstants
{
    /// <summary>The integers of a constant int32 or int64 input; null where it is computed.</summary>
    public static long[]? Values(OperatorCall call, int input)
    {
        if (call.Constant(input) is not { IsDense: true } constant) return null;
        if (constant.Type.Element == ElementType.Int64) return constant.Data<long>().ToArray();
        var values = new List<long>();
        foreach (int value in constant.Data<int>()) values.Add(value);
        return [.. values];
    }

    /// <summary>Fails where a constant index lies outside an axis of <paramref name="extent"/>.</summary>
    public static void Check(OperatorCall call, int input, int extent, string what)
    {
        foreach (long index in Values(call, input) ?? [])
            if (index < -extent || index >= extent) throw call.Fail($"index {index} lies outside {what}");
    }
}
