using System.Runtime.InteropServices;

namespace EdgeQinn.OnnxRuntime;

/// <summary>Finds and loads ONNX Runtime's native library.</summary>
public static class OrtLibrary
{
    /// <summary>The environment variable that names the library's file.</summary>
    public const string PathVariable = "EDGEQINN_ONNXRUNTIME";

    static readonly Lazy<nint> _handle = new(Load);

    /// <summary>Whether the library can be loaded.</summary>
    public static bool IsAvailable => _handle.Value != 0;

    /// <summary>How to get the library where it is absent.</summary>
    public const string HowToGet = "ONNX Runtime's library is not here: run 'npm ci' in benchmarks/, or name the file in " + PathVariable;

    /// <summary>The loaded library.</summary>
    /// <exception cref="OrtException">There is none.</exception>
    internal static nint Handle => _handle.Value != 0 ? _handle.Value : throw new OrtException(HowToGet);

    static nint Load()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } given)
            return NativeLibrary.TryLoad(given, out nint named) ? named : throw new OrtException($"{PathVariable}={given} cannot be loaded");
        foreach (string path in NpmPaths())
            if (NativeLibrary.TryLoad(path, out nint found)) return found;
        // The NuGet package's native file, or one that the system has.
        return NativeLibrary.TryLoad("onnxruntime", typeof(OrtLibrary).Assembly, null, out nint other) ? other : 0;
    }

    /// <summary>Where <c>npm ci</c> puts it in a checkout that holds the running program.</summary>
    static IEnumerable<string> NpmPaths()
    {
        string architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName,
                "benchmarks/node_modules/onnxruntime-node/bin/napi-v6/linux", architecture, "libonnxruntime.so.1");
            if (File.Exists(path)) yield return path;
        }
    }
}
