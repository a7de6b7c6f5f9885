using EdgeQinn.Devices.Alarms;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Signals.Ecg;
using EdgeQinn.Devices.Signals.Filters;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Examples;

/// <summary>
/// A decision of one's own, told like a network's: heart beats that follow the one before early, as lines of JSON in a rotating file, with an alarm that runs a
/// command. A GPIO line would be <c>AlarmAction.Open("gpio:0/27")</c>, a socket <c>SocketTarget.Unix("/run/results")</c>.
/// </summary>
static class ResultsAndAlarms
{
    static readonly string[] Labels = ["on time", "early"];

    public static void Run()
    {
        string path = Path.Combine(Path.GetTempPath(), $"example-{Environment.ProcessId}.jsonl");
        using ISampleSource source = SourceCatalog.Open("synthetic:ecg?seconds=60&pvc=0.1");
        using (var sink = new ResultSink(ResultFormat.JsonLines, new RotatingFile(path, mostBytes: 1_000_000, keep: 3)))
        using (AlarmAction action = AlarmAction.Open("exec:echo \"alarm $1: $2 at $4 s\""))
        {
            double rate = source.Info.SampleRate;
            var alarm = new AlarmState(AlarmRule.Parse("when=early,on=0.5,hold=2s", Labels), Labels, isScore: false);
            var band = new BiquadCascade(Butterworth.Bandpass(2, 0.5, 40, rate));
            var detector = new QrsDetector(rate);
            var result = new StreamResult(Labels, isScore: false);
            float[] scores = new float[2];
            long last = 0;
            double usual = 0.8;
            var block = new SampleBlock(channels: 1, capacity: 36);
            while (source.Read(block))
            {
                foreach (float millivolts in block.Channel(0)) detector.Process(band.Process(millivolts));
                while (detector.TryRead(out long peak))
                {
                    double interval = (peak - last) / rate;
                    scores[1] = interval < 0.8 * usual ? 1 : 0;
                    scores[0] = 1 - scores[1];
                    (result.Sample, result.Time, result.Label, result.Scores) = (peak, TimeSpan.FromSeconds(peak / rate), (int)scores[1], scores);
                    sink.Write(result);
                    result.Number++;
                    if (alarm.Update(result)) action.Set(new(alarm.IsOn, Labels[result.Label], alarm.Level, result.Time));
                    (last, usual) = (peak, 0.9 * usual + 0.1 * interval);
                }
            }
        }
        Console.WriteLine($"{File.ReadLines(path).Count()} results; the last: {File.ReadLines(path).Last()}");
        File.Delete(path);
    }
}
