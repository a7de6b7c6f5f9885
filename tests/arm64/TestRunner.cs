using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace EdgeQinn.Arm64Tests;

/// <summary>Discovers and runs the xunit tests of assemblies already loaded, one after the other, and prints failures as they come.</summary>
sealed class TestRunner(Options options, TextWriter output)
{
    int _passed, _failed, _skipped;

    /// <summary>Runs the tests of one assembly that the options ask for.</summary>
    public void Run(Assembly assembly)
    {
        using var framework = new XunitTestFramework(new Sink(_ => { }));
        var tests = Discover(framework, assembly).Where(IsChosen).ToList();
        if (options.List)
        {
            foreach (var test in tests) output.WriteLine(test.DisplayName);
            return;
        }

        using var executor = framework.GetExecutor(assembly.GetName());
        using var finished = new ManualResetEventSlim();
        executor.RunTests(tests, new Sink(message =>
        {
            Count(message);
            if (message is ITestAssemblyFinished) finished.Set();
        }), new FrameworkOptions { ["xunit.execution.DisableParallelization"] = true });
        finished.Wait();
    }

    /// <summary>Prints the closing line; 0 where tests ran and none failed.</summary>
    public int Report()
    {
        if (options.List) return 0;
        output.WriteLine($"{_passed} passed, {_failed} failed, {_skipped} skipped");
        return _failed == 0 && _passed > 0 ? 0 : 1;
    }

    static List<ITestCase> Discover(XunitTestFramework framework, Assembly assembly)
    {
        using var discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly));
        using var finished = new ManualResetEventSlim();
        var tests = new List<ITestCase>();
        discoverer.Find(includeSourceInformation: false, new Sink(message =>
        {
            if (message is ITestCaseDiscoveryMessage discovery) tests.Add(discovery.TestCase);
            if (message is IDiscoveryCompleteMessage) finished.Set();
        }), new FrameworkOptions());
        finished.Wait();
        return tests;
    }

    bool IsChosen(ITestCase test) =>
        (options.Filters.Count == 0 || options.Filters.Exists(f => Matches(test, f))) && !options.Skips.Exists(f => Matches(test, f));

    static bool Matches(ITestCase test, string filter) => filter.Split('=', 2) is [var name, var value]
        ? test.Traits.TryGetValue(name, out var values) && values.Contains(value)
        : test.TestMethod.TestClass.Class.Name.Contains(filter, StringComparison.Ordinal);

    void Count(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestPassed passed:
                _passed++;
                if (options.Verbose) output.WriteLine($"passed  {passed.Test.DisplayName} ({passed.ExecutionTime:F2} s)");
                break;
            case ITestSkipped skipped:
                _skipped++;
                output.WriteLine($"skipped {skipped.Test.DisplayName}: {skipped.Reason}");
                break;
            case ITestFailed failed:
                Fail(failed.Test.DisplayName, failed);
                break;
            case IFailureInformation failure: // of a fixture's construction or clean-up
                Fail(message.GetType().Name, failure);
                break;
        }
    }

    void Fail(string what, IFailureInformation failure)
    {
        _failed++;
        output.WriteLine($"FAILED  {what}");
        for (int i = 0; i < failure.Messages.Length; i++)
        {
            output.WriteLine($"{failure.ExceptionTypes[i]}: {failure.Messages[i]}");
            output.WriteLine(failure.StackTraces[i]);
        }
    }

    sealed class Sink(Action<IMessageSinkMessage> act) : Xunit.LongLivedMarshalByRefObject, IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message)
        {
            act(message);
            return true;
        }
    }

    /// <summary>xunit's named options; those not set take xunit's defaults.</summary>
    sealed class FrameworkOptions : Dictionary<string, object>, ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        public TValue GetValue<TValue>(string name) => TryGetValue(name, out object? value) ? (TValue)value : default!;

        public void SetValue<TValue>(string name, TValue value) => this[name] = value!;
    }
}
