namespace EdgeQinn.OnnxRuntime;

/// <summary>A model loaded by ONNX Runtime on the CPU.</summary>
public sealed unsafe class OrtSession : IDisposable
{
    nint _session;

    OrtSession(nint session)
    {
        _session = session;
        Inputs = [.. Enumerable.Range(0, OrtApi.Count(session, inputs: true)).Select(i => OrtApi.Describe(session, input: true, i))];
        Outputs = [.. Enumerable.Range(0, OrtApi.Count(session, inputs: false)).Select(i => OrtApi.Describe(session, input: false, i))];
    }

    /// <summary>The library's version, such as <c>1.30.0</c>.</summary>
    public static string LibraryVersion => OrtApi.VersionText;

    /// <summary>The model's inputs.</summary>
    public IReadOnlyList<OrtValueInfo> Inputs { get; }

    /// <summary>The model's outputs.</summary>
    public IReadOnlyList<OrtValueInfo> Outputs { get; }

    /// <summary>Loads an ONNX file.</summary>
    /// <exception cref="OrtException">The library is absent or refuses the model.</exception>
    public static OrtSession Open(string path, OrtOptions? options = null) => Create(options, settings => OrtApi.CreateSession(path, settings));

    /// <summary>Loads an ONNX model held in memory.</summary>
    /// <exception cref="OrtException">The library is absent or refuses the model.</exception>
    public static OrtSession FromBytes(byte[] model, OrtOptions? options = null) => Create(options, settings => OrtApi.CreateSession(model, settings));

    /// <summary>Inputs and outputs laid out once, to run again and again without allocation.</summary>
    /// <param name="open">The size of dimensions the model leaves open; usually the batch.</param>
    public OrtBinding Bind(long open = 1) => new(this, open);

    /// <summary>Runs once on inputs of any shape the model takes; the outputs' shapes are what comes out.</summary>
    /// <exception cref="OrtException">An input is missing or does not fit.</exception>
    public IReadOnlyList<OrtTensor> Run(IReadOnlyList<OrtTensor> inputs)
    {
        nint[] values = OrtApi.Run(Handle, [.. inputs.Select(t => t.Name)], [.. inputs.Select(t => t.Value)], [.. Outputs.Select(o => o.Name)]);
        try
        {
            return [.. values.Select((value, i) => Copy(value, Outputs[i].Name))];
        }
        finally
        {
            foreach (nint value in values) OrtApi.ReleaseValue(value);
        }
    }

    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_session == 0, this);
            return _session;
        }
    }

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        if (_session != 0) OrtApi.ReleaseSession(_session);
        _session = 0;
    }

    static OrtSession Create(OrtOptions? options, Func<nint, nint> create)
    {
        nint settings = (options ?? new OrtOptions()).Create(), session = 0;
        try
        {
            session = create(settings);
            return new OrtSession(session);
        }
        catch when (session != 0)
        {
            OrtApi.ReleaseSession(session);
            throw;
        }
        finally
        {
            OrtApi.ReleaseSessionOptions(settings);
        }
    }

    static OrtTensor Copy(nint value, string name)
    {
        var (element, shape, data) = OrtApi.Read(value);
        var tensor = new OrtTensor(name, element, shape);
        new ReadOnlySpan<byte>((void*)data, tensor.Bytes).CopyTo(tensor.AsBytes());
        return tensor;
    }
}
