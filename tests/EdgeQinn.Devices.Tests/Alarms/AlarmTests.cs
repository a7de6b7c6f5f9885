using EdgeQinn.Devices.Alarms;
using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Sources;
using Xunit;

namespace EdgeQinn.Devices.Tests.Alarms;

public sealed class AlarmTests : IDisposable
{
    static readonly string[] Labels = ["N", "S", "V"];
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The alarm after each of the probabilities of V, one per second: 1 is on.</summary>
    static string Follow(string rule, params double[] probabilities)
    {
        var alarm = new AlarmState(AlarmRule.Parse(rule, Labels), Labels, isScore: false);
        var result = new StreamResult(Labels, false);
        string states = "";
        for (int i = 0; i < probabilities.Length; i++)
        {
            float v = (float)probabilities[i];
            (result.Scores, result.Label, result.Time) = (new float[] { 1 - v, 0, v }, v > 0.5f ? 2 : 0, TimeSpan.FromSeconds(i));
            bool was = alarm.IsOn;
            Assert.Equal(alarm.Update(result), was != alarm.IsOn);
            states += alarm.IsOn ? '1' : '0';
        }
        return states;
    }

    [Theory]
    [InlineData("", "010010")]                          // the decision itself
    [InlineData("when=S", "000000")]
    [InlineData("when=V,on=0.9", "000010")]
    [InlineData("when=V,on=0.6,off=0.3", "011110")]     // 0.4 is between both edges
    [InlineData("when=V,on=0.6,hold=2s", "011011")]
    [InlineData("on=0.3,for=1s", "001110")]             // two in a row
    [InlineData("on=0.3,for=3s", "000010")]
    [InlineData("latch", "011111")]
    public void A_rule_is_followed(string rule, string states) => Assert.Equal(states, Follow(rule, 0, 0.7, 0.4, 0.4, 0.95, 0));

    [Fact]
    public void A_latched_alarm_ends_by_reset_and_a_fault_rings_where_it_is_asked_to()
    {
        var alarm = new AlarmState(AlarmRule.Parse("latch,fault", Labels), Labels, false);
        Assert.False(alarm.Update(SampleStatus.Recovered, default));
        Assert.True(alarm.Update(SampleStatus.Down, TimeSpan.FromSeconds(1)));
        Assert.False(alarm.Update(SampleStatus.None, TimeSpan.FromSeconds(2)));
        Assert.True(alarm.IsOn);
        Assert.True(alarm.Reset());
        Assert.False(alarm.Reset());
        Assert.Equal(1, alarm.Raised);
        Assert.False(new AlarmState(AlarmRule.Parse("latch", Labels), Labels, false).Update(SampleStatus.Down, default));
    }

    [Fact]
    public void A_score_has_edges_too()
    {
        var alarm = new AlarmState(AlarmRule.Parse("on=5,off=3", ["usual", "odd"]), ["usual", "odd"], isScore: true);
        string states = "";
        foreach (float score in (float[])[1, 4, 6, 4, 2])
        {
            alarm.Update(new StreamResult(["usual", "odd"], true) { Scores = new[] { score }, Label = score > 2 ? 1 : 0 });
            states += alarm.IsOn ? '1' : '0';
        }
        Assert.Equal("00110", states);
    }

    sealed class Line : IGpioLines
    {
        public List<ulong> Written { get; } = [];

        public bool Fails { get; set; }

        public string Name => "line";

        public ulong Read() => 0;

        public void Write(ulong levels)
        {
            if (Fails) throw new DeviceException(DeviceFault.BusError, "line: gone");
            Written.Add(levels);
        }

        public bool WaitForEdge(TimeSpan timeout, out GpioEdge edge) => throw new NotSupportedException();

        public void Dispose() { }
    }

    [Fact]
    public void A_line_follows_is_tried_again_and_ends_inactive()
    {
        var line = new Line();
        using (var alarm = new LineAlarm(line))
        {
            line.Fails = true;
            alarm.Set(new(true, "V", 0.9, default));
            Assert.Equal("line: gone", alarm.Fault);
            line.Fails = false;
            alarm.Tick();
            alarm.Tick();
            Assert.Null(alarm.Fault);
        }
        Assert.Equal([0UL, 1, 0], line.Written);
    }

    [Fact]
    public void A_command_runs_for_each_change_one_at_a_time()
    {
        string file = _folder.File("log");
        using (var alarm = new CommandAlarm($"sleep 0.1; echo $1 $2 $3 $4 >> '{file}'"))
        {
            alarm.Set(new(true, "V", 0.75, TimeSpan.FromSeconds(12.5)));
            alarm.Set(new(false, "N", 0.5, TimeSpan.FromSeconds(13)));
            alarm.Set(new(true, "S", 0.25, TimeSpan.FromSeconds(14))); // only the latest waits
        }
        Assert.Equal(["on V 0.75 12.5", "on S 0.25 14"], File.ReadAllLines(file));
    }

    [Fact]
    public void A_command_that_fails_or_hangs_is_told()
    {
        var clock = new ManualClock();
        using var alarm = new CommandAlarm("exit 3", clock);
        alarm.Set(new(true, "V", 1, default));
        Assert.True(SpinWait.SpinUntil(() => { alarm.Tick(); return alarm.Fault is not null; }, 20_000));
        Assert.Contains("exit code 3", alarm.Fault);

        using var hanging = new CommandAlarm("sleep 1000 & wait", clock);
        hanging.Set(new(true, "V", 1, default));
        clock.Advance(CommandAlarm.Longest);
        hanging.Tick();
        Assert.Contains("was killed", hanging.Fault);
        Assert.True(SpinWait.SpinUntil(() => { hanging.Tick(); return hanging.Fault!.Contains("exit code 137"); }, 20_000));
    }

    [Fact]
    public void A_command_that_hangs_does_not_hold_up_the_end()
    {
        var clock = new ManualClock();
        var alarm = new CommandAlarm("sleep 1000 & wait", clock);
        alarm.Set(new(true, "V", 1, default));
        alarm.Set(new(false, "N", 0, default));
        TimeSpan before = clock.Now;
        alarm.Dispose(); // the one for on, then the one for off
        Assert.Contains("took longer than 2 s at the end and was killed", alarm.Fault);
        Assert.InRange(clock.Now - before, 2 * CommandAlarm.LongestAtEnd, TimeSpan.FromHours(1)); // a manual clock runs ahead while the killed ones end
    }

    [Theory]
    [InlineData("when=X")]
    [InlineData("on=high")]
    [InlineData("off=0.2")]
    [InlineData("on=0.2,off=0.3")]
    [InlineData("for=long")]
    [InlineData("latch=1")]
    public void Rules_that_are_none_are_refused(string rule) => Assert.Throws<SourceAddressException>(() => AlarmRule.Parse(rule, Labels));

    [Theory]
    [InlineData("gpio:0")]
    [InlineData("exec:")]
    [InlineData("bell")]
    public void Actions_that_are_none_are_refused(string text) => Assert.Throws<SourceAddressException>(() => AlarmAction.Open(text));
}
