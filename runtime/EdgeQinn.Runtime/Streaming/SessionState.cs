using System.Buffers.Binary;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>Saved bytes that are no state of this model, or of a version that this program does not read.</summary>
public sealed class SessionStateException(string message) : EdgeQinnException($"session state: {message}");

/// <summary>
/// A session's state as bytes; README.md has the layout. Whatever the bytes hold, restoring them leads nowhere outside the session's memory: they are numbers of
/// the stream, one count of runs and one of samples, both checked.
/// </summary>
static class SessionState
{
    const int Version = 3, HeaderBytes = 56;

    static ReadOnlySpan<byte> Magic => "EQNSTATE"u8;

    public static byte[] Write(StreamSession session)
    {
        byte[] bytes = new byte[Length(session)];
        Header(session, bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), session.Runs);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(48), session.Held);
        Span<byte> rest = bytes.AsSpan(HeaderBytes);
        for (int i = 0; i < Pieces(session); i++)
        {
            Piece(session, i).CopyTo(rest);
            rest = rest[Piece(session, i).Length..];
        }
        BinaryPrimitives.WriteUInt32LittleEndian(rest, Crc32C.Compute(bytes.AsSpan(0, bytes.Length - sizeof(uint))));
        return bytes;
    }

    public static void Read(ReadOnlySpan<byte> bytes, StreamSession session)
    {
        if (bytes.Length < HeaderBytes + sizeof(uint) || !bytes.StartsWith(Magic)) throw new SessionStateException("these bytes are none");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != Version) throw new SessionStateException($"version {version}; this program reads {Version}");
        if (Crc32C.Compute(bytes[..^sizeof(uint)]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]))
            throw new SessionStateException("the bytes do not match their checksum: they are damaged");

        Span<byte> expected = stackalloc byte[HeaderBytes];
        expected.Clear();
        Header(session, expected);
        if (!bytes[12..32].SequenceEqual(expected[12..32])) throw new SessionStateException("it was saved with another model");
        if (!bytes[32..40].SequenceEqual(expected[32..40]) || bytes.Length != Length(session))
            throw new SessionStateException("it was saved with another hop, another way of streaming or another version of the runtime");
        long runs = BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]);
        int held = BinaryPrimitives.ReadInt32LittleEndian(bytes[48..]);
        if (runs < 0 || runs > long.MaxValue / 4 / session.Model.Rule.Hop) throw new SessionStateException($"{runs} runs are out of range");
        if (held < 0 || held >= session.Model.Rule.Hop) throw new SessionStateException($"{held} samples do not wait for a hop of {session.Model.Rule.Hop}");

        var rest = bytes[HeaderBytes..];
        for (int i = 0; i < Pieces(session); i++)
        {
            var piece = Piece(session, i);
            rest[..piece.Length].CopyTo(piece);
            rest = rest[piece.Length..];
        }
        (session.Runs, session.Held) = (runs, held);
    }

    /// <summary>What must be equal in both sessions: the model (checksums and sizes of graph and weights), the rule.</summary>
    static void Header(StreamSession session, Span<byte> bytes)
    {
        var rule = session.Model.Rule;
        var model = session.Model.Identity;
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], model.GraphCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], model.WeightsCrc);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[20..], model.GraphLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[24..], model.WeightsLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[28..], rule.Axis);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[32..], rule.Hop);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[36..], (int)rule.Mode);
    }

    static int Length(StreamSession session)
    {
        int length = HeaderBytes + sizeof(uint);
        for (int i = 0; i < Pieces(session); i++) length = checked(length + Piece(session, i).Length);
        return length;
    }

    static int Pieces(StreamSession session) => session.Session.StateCount + session.Model.Stream.Feedback.Length + 1;

    /// <summary>The operators' memories, the recurrent states, the samples that wait.</summary>
    static Span<byte> Piece(StreamSession session, int i)
    {
        if (i < session.Session.StateCount) return session.Session.State(i);
        i -= session.Session.StateCount;
        var feedback = session.Model.Stream.Feedback;
        return i < feedback.Length ? session.Session.Inputs[feedback[i].Input].AsBytes() : session.Samples.AsBytes();
    }
}
