using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators;

/// <summary>
/// A call that a batch of independent items makes, as an operator sees it that may compute all of them at once: what differs between the items
/// lies stacked, item after item, as under a new first axis; what does not is there once.
/// </summary>
/// <param name="item">The call of one item.</param>
/// <param name="count">The number of items.</param>
/// <param name="varies">Which inputs differ between items.</param>
public sealed class BatchedCall(OperatorCall item, int count, IReadOnlyList<bool> varies)
{
    /// <summary>The call of one item.</summary>
    public OperatorCall Item => item;

    /// <summary>The number of items.</summary>
    public int Count => count;

    /// <summary>Whether input <paramref name="i"/> differs between items.</summary>
    public bool Varies(int i) => i < varies.Count && varies[i];

    /// <summary>Whether input 0 differs between items and no other does.</summary>
    public bool OnlyFirstVaries
    {
        get
        {
            for (int i = 1; i < varies.Count; i++)
                if (varies[i]) return false;
            return Varies(0);
        }
    }

    /// <summary>
    /// The type of input <paramref name="i"/> over all items; what varies has a new first axis, followed by axes of 1 up to <paramref name="rank"/>
    /// axes in all, so that it broadcasts as before.
    /// </summary>
    public TensorType Stacked(int i, int rank = 0)
    {
        var type = item.Input(i);
        if (!Varies(i)) return type;
        var shape = ImmutableArray.CreateBuilder<int>();
        shape.Add(count);
        while (shape.Count + type.Rank < rank) shape.Add(1);
        shape.AddRange(type.Shape);
        return type with { Shape = shape.ToImmutable() };
    }

    /// <summary>The call over all items, each input as <paramref name="type"/> has it; null where a rank is beyond what the runtime takes.</summary>
    /// <param name="type">The type of an input that is there.</param>
    /// <param name="attributes">The attributes; the item's own where null.</param>
    public OperatorCall? With(Func<int, TensorType> type, AttributeMap? attributes = null)
    {
        var types = new TensorType?[item.InputCount];
        var constants = new EncodedTensor?[item.InputCount];
        for (int i = 0; i < types.Length; i++)
        {
            if (!item.Has(i)) continue;
            (types[i], constants[i]) = (type(i), item.Constant(i));
            if (types[i]!.Rank > TensorType.MaxRank) return null;
        }
        return new OperatorCall(attributes is null ? item.Node : item.Node with { Attributes = attributes }, types, constants);
    }

    /// <summary>The call over all items where the new axis changes nothing else.</summary>
    public OperatorCall? Stack() => With(i => Stacked(i));

    /// <summary>The call over all items of an operator whose inputs broadcast.</summary>
    public OperatorCall? StackBroadcast()
    {
        int rank = 0;
        for (int i = 0; i < item.InputCount; i++) rank = Math.Max(rank, item.Input(i).Rank);
        return With(i => Stacked(i, rank + 1));
    }

    /// <summary>The call over all items of an operator that works along the attribute <c>axis</c>.</summary>
    public OperatorCall? StackAlongAxis(int otherwise) =>
        With(i => Stacked(i), item.Attributes.With("axis", item.AxisOr(otherwise, item.Input(0).Rank) + 1));
}
