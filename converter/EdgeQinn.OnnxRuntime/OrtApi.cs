using System.Runtime.InteropServices;
using System.Text;

namespace EdgeQinn.OnnxRuntime;

/// <summary>
/// ONNX Runtime's C API. The library exports one function, <c>OrtGetApiBase</c>, which gives a table of function pointers whose order never
/// changes (onnxruntime_c_api.h, struct OrtApi); this class wraps the entries that are used, one method each.
/// Every call returns a status, null for success; <see cref="Check"/> turns the others into exceptions.
/// </summary>
static unsafe class OrtApi
{
    /// <summary>The API version asked for; any later library still provides it.</summary>
    const uint Version = 17;

    enum Entry
    {
        GetErrorMessage = 2,
        CreateEnv = 3,
        CreateSession = 7,
        CreateSessionFromArray = 8,
        Run = 9,
        CreateSessionOptions = 10,
        SetSessionExecutionMode = 13,
        SetSessionGraphOptimizationLevel = 23,
        SetIntraOpNumThreads = 24,
        SetInterOpNumThreads = 25,
        SessionGetInputCount = 30,
        SessionGetOutputCount = 31,
        SessionGetInputTypeInfo = 33,
        SessionGetOutputTypeInfo = 34,
        SessionGetInputName = 36,
        SessionGetOutputName = 37,
        CreateTensorWithDataAsOrtValue = 49,
        GetTensorMutableData = 51,
        CastTypeInfoToTensorInfo = 55,
        GetTensorElementType = 60,
        GetDimensionsCount = 61,
        GetDimensions = 62,
        GetTensorTypeAndShape = 65,
        CreateCpuMemoryInfo = 69,
        AllocatorFree = 76,
        GetAllocatorWithDefaultOptions = 78,
        ReleaseStatus = 93,
        ReleaseSession = 95,
        ReleaseValue = 96,
        ReleaseTypeInfo = 98,
        ReleaseTensorTypeAndShapeInfo = 99,
        ReleaseSessionOptions = 100,
        AddSessionConfigEntry = 130,
        RunWithBinding = 133,
        CreateIoBinding = 134,
        ReleaseIoBinding = 135,
        BindInput = 136,
        BindOutput = 137,
    }

    // Lazy, so that an absent library is an OrtException and no failed type initialiser.
    static readonly Lazy<nint> _table = new(GetTable);
    static readonly Lazy<nint> _environment = new(CreateEnvironment);
    static readonly Lazy<nint> _cpuMemory = new(CreateCpuMemory);

    /// <summary>The library's version, such as <c>1.30.0</c>.</summary>
    public static string VersionText => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)ApiBase()[1])()) ?? "unknown";

    public static void Check(nint status)
    {
        if (status == 0) return;
        string message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)At(Entry.GetErrorMessage))(status)) ?? "no message";
        Release(Entry.ReleaseStatus, status);
        throw new OrtException(message);
    }

    public static nint CreateSessionOptions()
    {
        nint options;
        Check(((delegate* unmanaged<nint*, nint>)At(Entry.CreateSessionOptions))(&options));
        return options;
    }

    public static void SetExecutionMode(nint options, int mode) => SetInt(Entry.SetSessionExecutionMode, options, mode);

    public static void SetGraphOptimization(nint options, int level) => SetInt(Entry.SetSessionGraphOptimizationLevel, options, level);

    public static void SetIntraOpThreads(nint options, int count) => SetInt(Entry.SetIntraOpNumThreads, options, count);

    public static void SetInterOpThreads(nint options, int count) => SetInt(Entry.SetInterOpNumThreads, options, count);

    public static void AddConfig(nint options, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* k = key, v = value)
            Check(((delegate* unmanaged<nint, byte*, byte*, nint>)At(Entry.AddSessionConfigEntry))(options, k, v));
    }

    public static nint CreateSession(string path, nint options)
    {
        nint session;
        fixed (byte* name = Utf8(path))
            Check(((delegate* unmanaged<nint, byte*, nint, nint*, nint>)At(Entry.CreateSession))(_environment.Value, name, options, &session));
        return session;
    }

    public static nint CreateSession(ReadOnlySpan<byte> model, nint options)
    {
        nint session;
        fixed (byte* data = model)
        {
            var create = (delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)At(Entry.CreateSessionFromArray);
            Check(create(_environment.Value, data, (nuint)model.Length, options, &session));
        }
        return session;
    }

    public static int Count(nint session, bool inputs)
    {
        nuint count;
        Check(((delegate* unmanaged<nint, nuint*, nint>)At(inputs ? Entry.SessionGetInputCount : Entry.SessionGetOutputCount))(session, &count));
        return (int)count;
    }

    public static OrtValueInfo Describe(nint session, bool input, int index)
    {
        nint allocator, name, type;
        Check(((delegate* unmanaged<nint*, nint>)At(Entry.GetAllocatorWithDefaultOptions))(&allocator));
        var getName = (delegate* unmanaged<nint, nuint, nint, nint*, nint>)At(input ? Entry.SessionGetInputName : Entry.SessionGetOutputName);
        Check(getName(session, (nuint)index, allocator, &name));
        string text = Marshal.PtrToStringUTF8(name)!;
        Check(((delegate* unmanaged<nint, nint, nint>)At(Entry.AllocatorFree))(allocator, name));

        var getType = (delegate* unmanaged<nint, nuint, nint*, nint>)At(input ? Entry.SessionGetInputTypeInfo : Entry.SessionGetOutputTypeInfo);
        Check(getType(session, (nuint)index, &type));
        try
        {
            nint tensor;
            Check(((delegate* unmanaged<nint, nint*, nint>)At(Entry.CastTypeInfoToTensorInfo))(type, &tensor));
            if (tensor == 0) throw new OrtException($"'{text}' is no tensor");
            var (element, shape) = ReadTensorInfo(tensor);
            return new OrtValueInfo(text, element, shape);
        }
        finally
        {
            Release(Entry.ReleaseTypeInfo, type);
        }
    }

    /// <summary>A tensor over memory that stays the caller's.</summary>
    public static nint CreateTensor(void* data, nuint bytes, ReadOnlySpan<long> shape, OrtElementType element)
    {
        nint value;
        fixed (long* dimensions = shape)
        {
            var create = (delegate* unmanaged<nint, void*, nuint, long*, nuint, OrtElementType, nint*, nint>)At(Entry.CreateTensorWithDataAsOrtValue);
            Check(create(_cpuMemory.Value, data, bytes, dimensions, (nuint)shape.Length, element, &value));
        }
        return value;
    }

    public static (OrtElementType Element, long[] Shape, nint Data) Read(nint value)
    {
        nint info, data;
        Check(((delegate* unmanaged<nint, nint*, nint>)At(Entry.GetTensorTypeAndShape))(value, &info));
        try
        {
            Check(((delegate* unmanaged<nint, nint*, nint>)At(Entry.GetTensorMutableData))(value, &data));
            var (element, shape) = ReadTensorInfo(info);
            return (element, shape, data);
        }
        finally
        {
            Release(Entry.ReleaseTensorTypeAndShapeInfo, info);
        }
    }

    /// <summary>Runs once; ONNX Runtime allocates the outputs, which the caller releases.</summary>
    public static nint[] Run(nint session, IReadOnlyList<string> inputNames, ReadOnlySpan<nint> inputs, IReadOnlyList<string> outputNames)
    {
        var outputs = new nint[outputNames.Count];
        nint[] names = [.. inputNames.Concat(outputNames).Select(Marshal.StringToCoTaskMemUTF8)];
        try
        {
            fixed (nint* name = names, input = inputs, output = outputs)
            {
                var run = (delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)At(Entry.Run);
                Check(run(session, 0, name, input, (nuint)inputs.Length, name + inputNames.Count, (nuint)outputs.Length, output));
            }
        }
        finally
        {
            foreach (nint name in names) Marshal.FreeCoTaskMem(name);
        }
        return outputs;
    }

    public static nint CreateBinding(nint session)
    {
        nint binding;
        Check(((delegate* unmanaged<nint, nint*, nint>)At(Entry.CreateIoBinding))(session, &binding));
        return binding;
    }

    public static void Bind(nint binding, bool input, string name, nint value)
    {
        fixed (byte* text = Utf8(name))
            Check(((delegate* unmanaged<nint, byte*, nint, nint>)At(input ? Entry.BindInput : Entry.BindOutput))(binding, text, value));
    }

    public static delegate* unmanaged<nint, nint, nint, nint> RunWithBinding => (delegate* unmanaged<nint, nint, nint, nint>)At(Entry.RunWithBinding);

    public static void ReleaseSessionOptions(nint options) => Release(Entry.ReleaseSessionOptions, options);

    public static void ReleaseSession(nint session) => Release(Entry.ReleaseSession, session);

    public static void ReleaseBinding(nint binding) => Release(Entry.ReleaseIoBinding, binding);

    public static void ReleaseValue(nint value) => Release(Entry.ReleaseValue, value);

    static (OrtElementType Element, long[] Shape) ReadTensorInfo(nint info)
    {
        OrtElementType element;
        nuint rank;
        Check(((delegate* unmanaged<nint, OrtElementType*, nint>)At(Entry.GetTensorElementType))(info, &element));
        Check(((delegate* unmanaged<nint, nuint*, nint>)At(Entry.GetDimensionsCount))(info, &rank));
        var shape = new long[rank];
        fixed (long* dimensions = shape)
            Check(((delegate* unmanaged<nint, long*, nuint, nint>)At(Entry.GetDimensions))(info, dimensions, rank));
        return (element, shape);
    }

    static void SetInt(Entry entry, nint options, int value) => Check(((delegate* unmanaged<nint, int, nint>)At(entry))(options, value));

    static void Release(Entry entry, nint handle) => ((delegate* unmanaged<nint, void>)At(entry))(handle);

    static nint At(Entry entry) => ((nint*)_table.Value)[(int)entry];

    static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + '\0');

    // OrtApiBase: { const OrtApi* GetApi(uint32_t version); const char* GetVersionString(); }
    static nint* ApiBase() => ((delegate* unmanaged<nint*>)NativeLibrary.GetExport(OrtLibrary.Handle, "OrtGetApiBase"))();

    static nint GetTable()
    {
        nint table = ((delegate* unmanaged<uint, nint>)ApiBase()[0])(Version);
        return table != 0 ? table : throw new OrtException($"this ONNX Runtime ({VersionText}) is too old for API version {Version}");
    }

    static nint CreateEnvironment()
    {
        const int errorsOnly = 3;
        nint environment;
        fixed (byte* name = "edgeqinn\0"u8)
            Check(((delegate* unmanaged<int, byte*, nint*, nint>)At(Entry.CreateEnv))(errorsOnly, name, &environment));
        return environment;
    }

    static nint CreateCpuMemory()
    {
        const int arenaAllocator = 1, defaultMemory = 0;
        nint memory;
        Check(((delegate* unmanaged<int, int, nint*, nint>)At(Entry.CreateCpuMemoryInfo))(arenaAllocator, defaultMemory, &memory));
        return memory;
    }
}
