using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators;

/// <summary>A set of element types, named as OPERATORS.md names it.</summary>
readonly struct TypeSet
{
    readonly uint _members;
    readonly string _name;

    TypeSet(string name, params ReadOnlySpan<ElementType> members)
    {
        _name = name;
        foreach (var type in members) _members |= 1u << (int)type;
    }

    TypeSet(string name, uint members) => (_name, _members) = (name, members);

    public static TypeSet Floats { get; } = new("floating point", ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16);

    public static TypeSet Unsigned { get; } = new("an unsigned integer", ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64);

    public static TypeSet Integers { get; } =
        new("an integer", Unsigned._members | new TypeSet("", ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64)._members);

    public static TypeSet Indices { get; } = new("int32 or int64", ElementType.Int32, ElementType.Int64);

    public static TypeSet Numbers { get; } = new("a number", Floats._members | Integers._members);

    public static TypeSet Bool { get; } = new("bool", ElementType.Bool);

    public static TypeSet NumbersAndBool { get; } = new("a number or bool", Numbers._members | Bool._members);

    public static TypeSet Any { get; } = new("any type", uint.MaxValue);

    public bool Contains(ElementType type) => (_members >> (int)type & 1) != 0;

    public override string ToString() => _name;
}

static class TypeChecks
{
    /// <summary>The type of input <paramref name="i"/>, whose element type must be in <paramref name="allowed"/>.</summary>
    public static TensorType Input(this OperatorCall call, int i, TypeSet allowed)
    {
        var type = call.Input(i);
        return allowed.Contains(type.Element) ? type : throw call.Fail($"input {i} is {type}, expected {allowed}");
    }

    /// <summary>Fails unless between <paramref name="least"/> and <paramref name="most"/> inputs are listed.</summary>
    public static void RequireInputs(this OperatorCall call, int least, int most)
    {
        if (call.InputCount < least || call.InputCount > most)
            throw call.Fail($"has {call.InputCount} inputs, expected {(least == most ? $"{least}" : most == int.MaxValue ? $"{least} or more" : $"{least} to {most}")}");
        for (int i = 0; i < least; i++) call.Input(i);
    }

    /// <summary>Input <paramref name="i"/>, which must be a vector of <paramref name="length"/>.</summary>
    public static TensorType RequireVector(this OperatorCall call, int i, ElementType element, int length)
    {
        var type = call.Input(i, element);
        return type.Rank == 1 && type.Shape[0] == length ? type : throw call.Fail($"input {i} is {type}, expected shape [{length}]");
    }

    /// <summary>Input <paramref name="i"/>, which must hold one element.</summary>
    public static TensorType RequireScalar(this OperatorCall call, int i)
    {
        var type = call.Input(i);
        return type.Rank <= 1 && type.Count == 1 ? type : throw call.Fail($"input {i} is {type}, expected a scalar");
    }
}
