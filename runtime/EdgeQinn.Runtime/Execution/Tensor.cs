using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Execution;

/// <summary>A view of a session's memory: a value's elements, row-major.</summary>
public sealed unsafe class Tensor
{
    readonly Session _session;
    readonly byte* _pointer;

    internal Tensor(Session session, Value value, byte* pointer)
    {
        (_session, Name, Type) = (session, value.Name, value.Type);
        _pointer = pointer;
    }

    /// <summary>The value's name.</summary>
    public string Name { get; }

    /// <summary>Element type and shape.</summary>
    public TensorType Type { get; }

    /// <summary>The elements in place.</summary>
    /// <exception cref="ArgumentException">They are not of <typeparamref name="T"/>.</exception>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public Span<T> AsSpan<T>() where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_session.IsDisposed, _session);
        if (ElementTypes.Of<T>() != Type.Element) throw new ArgumentException($"'{Name}' is {Type}, not {typeof(T).Name}");
        return new Span<T>(_pointer, Type.Count);
    }

    /// <summary>The bytes in place, whatever the element type.</summary>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public Span<byte> AsBytes()
    {
        ObjectDisposedException.ThrowIf(_session.IsDisposed, _session);
        return new Span<byte>(_pointer, checked((int)Type.ByteLength));
    }
}
