using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Execution;

/// <summary>A view of a session's memory: a value's elements, row-major, of each item of the batch one after the other.</summary>
public sealed unsafe class Tensor
{
    readonly Session _session;
    readonly byte* _pointer;

    internal Tensor(Session session, Value value, byte* pointer, int batch)
    {
        (_session, Name, Type, Batch) = (session, value.Name, value.Type, batch);
        _pointer = pointer;
    }

    /// <summary>The value's name.</summary>
    public string Name { get; }

    /// <summary>Element type and shape of one item.</summary>
    public TensorType Type { get; }

    /// <summary>The number of items.</summary>
    public int Batch { get; }

    /// <summary>The elements of all items in place.</summary>
    /// <exception cref="ArgumentException">They are not of <typeparamref name="T"/>.</exception>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public Span<T> AsSpan<T>() where T : unmanaged
    {
        Check<T>();
        return new Span<T>(_pointer, checked(Type.Count * Batch));
    }

    /// <summary>The elements of item <paramref name="item"/> in place.</summary>
    /// <exception cref="ArgumentException">They are not of <typeparamref name="T"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch has no such item.</exception>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public Span<T> AsSpan<T>(int item) where T : unmanaged
    {
        Check<T>();
        return new Span<T>(At(item), Type.Count);
    }

    /// <summary>The bytes of all items in place, whatever the element type.</summary>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public Span<byte> AsBytes()
    {
        ObjectDisposedException.ThrowIf(_session.IsDisposed, _session);
        return new Span<byte>(_pointer, checked((int)(Type.ByteLength * Batch)));
    }

    /// <summary>The bytes of item <paramref name="item"/> in place, whatever the element type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The batch has no such item.</exception>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public Span<byte> AsBytes(int item)
    {
        ObjectDisposedException.ThrowIf(_session.IsDisposed, _session);
        return new Span<byte>(At(item), checked((int)Type.ByteLength));
    }

    byte* At(int item)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(item);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(item, Batch);
        return _pointer + item * Type.ByteLength;
    }

    void Check<T>() where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_session.IsDisposed, _session);
        if (ElementTypes.Of<T>() != Type.Element) throw new ArgumentException($"'{Name}' is {Type}, not {typeof(T).Name}");
    }
}
