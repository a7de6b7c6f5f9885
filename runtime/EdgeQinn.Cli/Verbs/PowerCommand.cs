using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Cli.Streams;
using EdgeQinn.Devices.Power;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Sources.Synthetic;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn bench --power</c>: what an inference, and an hour of signal, costs in energy and CPU time.</summary>
static class PowerCommand
{
    const double SignalSeconds = 60;

    public static int Run(Invocation call, string path, string? meterText, double seconds)
    {
        using var model = Model.Load(path, IsaChoice.Allowed());
        using var session = model.CreateSession();
        LayerTimer.FillInputs(session);
        Timing.WarmUp(session);
        IReadOnlyList<string> problems = [];
        using var meter = meterText is not null ? PowerMeter.Open(meterText) : PowerMeter.Find(out problems);
        foreach (string problem in problems) call.Error.WriteLine($"edgeqinn: {problem}");
        call.Error.WriteLine(meter is null ? "no meter; CPU time only" : $"measuring with {meter.Name}: {seconds / 2:0.#} s idle, {seconds:0.#} s of inference, {seconds / 2:0.#} s idle");
        var profile = PowerProfile.Measure(meter, session.Run, TimeSpan.FromSeconds(seconds));
        double perHour = CpuSecondsPerHour(path);
        if (call.Json) JsonOutput.Write(call.Output, true, json =>
        {
            json.WriteString("model", path);
            json.WriteString("meter", meter?.Name);
            json.WriteString("bias", meter?.Bias);
            json.WriteRounded("idleWatts", profile.IdleWatts);
            json.WriteRounded("busyWatts", profile.BusyWatts);
            json.WriteRounded("microjoulesPerInference", profile.JoulesPerRun * 1e6);
            json.WriteNumber("inferences", profile.Runs);
            json.WriteRounded("cpuMicrosecondsPerInference", profile.CpuSecondsPerRun * 1e6);
            json.WriteRounded("cpuSecondsPerHourOfSignal", perHour);
            json.WriteRounded("celsiusBefore", profile.Before.Temperature);
            json.WriteRounded("celsiusAfter", profile.After.Temperature);
            json.WriteString("governor", profile.After.Governor);
            json.WriteRounded("megahertz", profile.After.Megahertz);
            json.WriteString("throttled", profile.After.Throttled ?? (profile.After.ThrottlingKnown ? "no" : "unknown"));
        });
        else WriteText(call.Output, path, meter, profile, perHour);
        return 0;
    }

    static void WriteText(TextWriter output, string path, PowerMeter? meter, PowerProfile p, double perHour)
    {
        output.WriteLine($"{path}: {Units.Count(p.Runs)} inferences in {p.Seconds:0.0} s, one thread");
        if (meter is null) output.WriteLine("power       no meter here (INA219/INA226, Raspberry Pi 5 PMIC, RAPL, hwmon); --meter ina226:BUS names one");
        else
        {
            output.WriteLine($"power       {p.IdleWatts:0.000} W idle, {p.BusyWatts:0.000} W busy, measured with {meter.Name}");
            output.WriteLine($"energy      {p.JoulesPerRun * 1e6:0.0} µJ per inference above idle");
            output.WriteLine($"note        {meter.Bias}");
        }
        output.WriteLine($"cpu         {Units.Time(p.CpuSecondsPerRun * 1e9)} per inference"
            + (double.IsNaN(perHour) ? "; an hour of signal is unknown without a signal contract" : $"; {perHour:0.000} s per hour of signal (filters, windows, network; {perHour / 36:0.000} % of a core)"));
        output.WriteLine($"processor   {Degrees(p.Before)} before, {Degrees(p.After)} after; governor {p.After.Governor ?? "not exposed"}"
            + (double.IsNaN(p.After.Megahertz) ? "" : $", {p.After.Megahertz:0} MHz") + $"; throttled: {p.After.Throttled ?? (p.After.ThrottlingKnown ? "no" : "not exposed")}");
    }

    static string Degrees(MachineState state) => double.IsNaN(state.Temperature) ? "temperature not exposed" : $"{state.Temperature:0.0} °C";

    /// <summary>A minute of the signal the contract asks for, through filters, windows and network; NaN without a contract.</summary>
    static double CpuSecondsPerHour(string path)
    {
        using (var file = Model.Load(path, IsaChoice.Allowed()))
            if (file.File!.Contract is null) return double.NaN;
        using var classifier = StreamClassifier.Load(path);
        var contract = classifier.Contract;
        using var source = Record(contract);
        var windower = Windower.Create(contract, source.Info);
        var block = new SampleBlock(1, Math.Max(1, (int)(source.Info.SampleRate / 100)));
        var start = Environment.CpuUsage.TotalTime;
        while (source.Read(block))
        {
            windower.Accept(block);
            while (windower.TryRead(out var window)) classifier.Classify(window);
        }
        return (Environment.CpuUsage.TotalTime - start).TotalSeconds * 3600 / SignalSeconds;
    }

    /// <summary>Beats where the contract wants beats, noise elsewhere; made before the clock runs.</summary>
    static ArraySource Record(SignalContract contract)
    {
        bool beats = contract.Window.Trigger == WindowTrigger.Beat;
        using ISampleSource source = beats ? new SyntheticEcg(new(Seconds: SignalSeconds)) : new SyntheticBearing(new(Seconds: SignalSeconds));
        var block = new SampleBlock(1, (int)source.Info.Length!.Value);
        source.Read(block);
        float[] samples = beats ? block.Channel(0).ToArray() : new float[(int)(SignalSeconds * contract.SampleRate)];
        for (int i = 0; i < samples.Length && !beats; i++) samples[i] = block.Channel(0)[i % block.Count];
        return new(new("signal", beats ? source.Info.SampleRate : contract.SampleRate, [new("signal", contract.Unit)]), [samples]);
    }
}
