using System.Runtime.InteropServices;

namespace EdgeQinn.Cli.Output;

/// <summary>
/// Writes to an open file descriptor with write(2). <see cref="FileStream"/> would keep a file position of its own, and so write over what
/// others write to the same file.
/// </summary>
sealed unsafe class DescriptorStream(int descriptor) : Stream
{
    const int Interrupted = 4, TryAgain = 11, BrokenPipe = 32;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Whether the reader at the other end has gone: nobody is left to tell.</summary>
    public static bool IsReaderGone(IOException e) => e.HResult == BrokenPipe;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint written = WriteDescriptor(descriptor, start + done, buffer.Length - done);
                if (written >= 0)
                {
                    done += (int)written;
                    continue;
                }
                int error = Marshal.GetLastPInvokeError();
                if (error == TryAgain) Thread.Sleep(1); // a terminal made non-blocking by somebody else
                else if (error != Interrupted) throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern nint WriteDescriptor(int descriptor, byte* bytes, nint count);
}
