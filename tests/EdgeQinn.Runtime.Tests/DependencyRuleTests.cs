using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using EdgeQinn.Runtime.Execution;
using Xunit;

namespace EdgeQinn.Runtime.Tests;

/// <summary>Dependencies point one way: Runtime ← Devices ← Cli, Runtime ← Devices ← Converter (which calibrates on recordings). The runtime knows nothing but .NET.</summary>
public class DependencyRuleTests
{
    [Fact]
    public void The_runtimes_closure_is_NET_alone()
    {
        var seen = new HashSet<string>();
        var pending = new Queue<Assembly>([typeof(Model).Assembly]);
        while (pending.TryDequeue(out var assembly))
            foreach (var name in assembly.GetReferencedAssemblies().Where(n => seen.Add(n.Name!)))
            {
                Assert.True(name.Name!.StartsWith("System.", StringComparison.Ordinal) || name.Name.StartsWith("Microsoft.Win32.", StringComparison.Ordinal), $"{assembly.GetName().Name} references {name.Name}");
                pending.Enqueue(Assembly.Load(name));
            }
        Assert.Contains("System.Runtime", seen);
    }

    [Theory]
    [InlineData("Onnx")]
    [InlineData("Svd")]
    [InlineData("Report")]
    [InlineData("Html")]
    [InlineData("Sensor")]
    [InlineData("Converter")]
    public void The_runtime_has_no_type_of_other_parts(string word) =>
        Assert.DoesNotContain(typeof(Model).Assembly.GetTypes(), t => t.FullName!.Contains(word, StringComparison.OrdinalIgnoreCase) && t.Namespace?.Contains("Diagnostics", StringComparison.Ordinal) != true);

    [Theory]
    [InlineData("runtime/EdgeQinn.Runtime", new string[0])]
    [InlineData("devices/EdgeQinn.Devices", new[] { "EdgeQinn.Runtime" })]
    [InlineData("runtime/EdgeQinn.Cli", new[] { "EdgeQinn.Runtime", "EdgeQinn.Devices" })]
    [InlineData("converter/EdgeQinn.Converter", new[] { "EdgeQinn.Runtime", "EdgeQinn.Devices" })]
    public void Projects_reference_only_what_lies_below_them(string project, string[] allowed)
    {
        string name = Path.GetFileName(project), file = Path.Combine(Root(), project, $"{name}.csproj");
        var references = XDocument.Load(file).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(references.Except(allowed));
        if (name is "EdgeQinn.Runtime" or "EdgeQinn.Devices" or "EdgeQinn.Cli") Assert.Empty(XDocument.Load(file).Descendants("PackageReference"));
    }

    static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
