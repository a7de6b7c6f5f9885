using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Sources;
using Xunit;

namespace EdgeQinn.Devices.Tests.Results;

[Collection(AllocationCollection.Name)]
public sealed class ResultTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    sealed class Collected : LineTarget
    {
        readonly MemoryStream _bytes = new();

        public string Text => Encoding.UTF8.GetString(_bytes.ToArray());

        public override bool Begin() => _bytes.Length == 0;

        public override void Write(ReadOnlySpan<byte> lines) => _bytes.Write(lines);

        protected override void Dispose(bool disposing) { }
    }

    static StreamResult Example(string label = "N") => new([label, "V"], isScore: false)
    {
        Label = 1,
        Truth = 0,
        Scores = new float[] { 0.25f, 0.75f },
        Number = 7,
        Sample = 460,
        Time = TimeSpan.FromSeconds(1.25),
        First = 364,
        Last = 619,
        Status = SampleStatus.LeadOff | SampleStatus.Filled,
        Filled = 3,
        LostBefore = 12,
        Span = TimeSpan.FromSeconds(1),
        Latency = 1_500_000,
        Network = 80_000,
        IsLate = true,
    };

    static string[] Lines(ResultFormat format, StreamResult result, StreamEvent? e = null)
    {
        var target = new Collected();
        var sink = new ResultSink(format, target);
        sink.Write(result);
        if (e is { } told) sink.Write(told);
        return target.Text.TrimEnd('\n').Split('\n');
    }

    [Theory]
    [InlineData("N")]
    [InlineData("a \"b\", \\c\n\u0001 ü 🫀")]
    public void Every_format_says_the_same_of_any_label(string label)
    {
        JsonElement json = JsonDocument.Parse(Lines(ResultFormat.JsonLines, Example(label)).Single()).RootElement;
        Assert.Equal((1.25, 460, 364, 619), (json.GetProperty("time").GetDouble(), json.GetProperty("sample").GetInt64(), json.GetProperty("first").GetInt64(), json.GetProperty("last").GetInt64()));
        Assert.Equal(("V", label, 0.25), (json.GetProperty("label").GetString(), json.GetProperty("truth").GetString(), json.GetProperty("probabilities").GetProperty(label).GetDouble()));
        Assert.Equal((12, 3, 7, true), (json.GetProperty("lostBefore").GetInt64(), json.GetProperty("filled").GetInt32(), json.GetProperty("number").GetInt64(), json.GetProperty("late").GetBoolean()));
        Assert.Equal(["lead-off", "filled"], json.GetProperty("status").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal((1500, 80), (json.GetProperty("latencyMicroseconds").GetDouble(), json.GetProperty("networkMicroseconds").GetDouble()));

        string csv = string.Join('\n', Lines(ResultFormat.Csv, Example(label)));
        Assert.Contains(label.Contains('"') ? $"\"{label.Replace("\"", "\"\"")}\"" : label, csv);
        Assert.EndsWith(",7,364,619,12,3,lead-off+filled,1,1500,80,1", csv);
        if (label == "N") Assert.Equal(csv.Split('\n')[0].Split(',').Length, csv.Split('\n')[1].Split(',').Length);

        string text = string.Join('\n', Lines(ResultFormat.Text, Example(label)));
        Assert.StartsWith("     1.250 s  V  ", text);
        Assert.Contains("late  12 samples lost before  3 values made up  lead-off filled", text);
    }

    [Fact]
    public void Events_stand_between_results_where_the_format_has_a_place_for_them()
    {
        var e = new StreamEvent("down", TimeSpan.FromSeconds(2), 720, "no \"chip\"", 5);
        JsonElement json = JsonDocument.Parse(Lines(ResultFormat.JsonLines, Example(), e)[1]).RootElement;
        Assert.Equal(("down", 720, 5, "no \"chip\""), (json.GetProperty("event").GetString(), json.GetProperty("sample").GetInt64(), json.GetProperty("count").GetInt64(), json.GetProperty("text").GetString()));
        Assert.Contains("! down: no \"chip\"", Lines(ResultFormat.Text, Example(), e)[1]);
        Assert.Equal(2, Lines(ResultFormat.Csv, Example(), e).Length); // names and the result
    }

    [Fact]
    public void A_file_is_set_aside_by_size_and_the_oldest_goes()
    {
        string path = _folder.File("r.csv");
        using (var file = new RotatingFile(path, mostBytes: 2000, keep: 2))
        {
            var sink = new ResultSink(ResultFormat.Csv, file);
            for (int i = 0; i < 200; i++) sink.Write(Example());
        }
        Assert.False(File.Exists(path + ".3"));
        foreach (string name in new[] { path, path + ".1", path + ".2" })
        {
            string[] lines = File.ReadAllLines(name);
            Assert.StartsWith("time,sample", lines[0]);
            Assert.All(lines[1..], l => Assert.StartsWith("1.25,460,V", l));
            Assert.InRange(new FileInfo(name).Length, 1, 2200);
        }
    }

    [Fact]
    public void A_file_is_set_aside_by_age_and_survives_an_unclean_end()
    {
        string path = _folder.Write("r.txt", "whole line\ncut of");
        var clock = new ManualClock();
        using (var file = new RotatingFile(path, mostAge: TimeSpan.FromHours(1), sync: SyncPolicy.Each, clock: clock))
        {
            Assert.False(file.Begin());
            file.Write("second\n"u8);
            Assert.Equal("whole line\nsecond\n", File.ReadAllText(path)); // written at once, behind the last whole line
            clock.Advance(TimeSpan.FromHours(1));
            Assert.True(file.Begin());
            file.Write("third\n"u8);
        }
        Assert.Equal(("third\n", "whole line\nsecond\n"), (File.ReadAllText(path), File.ReadAllText(path + ".1")));
    }

    [Fact]
    public void A_device_is_no_results_file_and_the_error_says_what_is()
    {
        if (!OperatingSystem.IsLinux()) return;
        string message = Assert.Throws<IOException>(() => new RotatingFile("/dev/full")).Message;
        Assert.Contains("/dev/full is a device", message);
        Assert.Contains("redirect", message);
    }

    [Fact]
    public void A_disk_that_fails_costs_lines_that_are_counted_and_not_the_stream()
    {
        string folder = Directory.CreateDirectory(_folder.File("disk")).FullName, path = Path.Combine(folder, "r.txt");
        var clock = new ManualClock();
        using var file = new RotatingFile(path, mostAge: TimeSpan.FromHours(1), clock: clock);
        file.Write("one\n"u8);
        Directory.Delete(folder, recursive: true);
        clock.Advance(TimeSpan.FromHours(1));
        file.Begin(); // sets aside what is gone
        file.Write("two\n"u8);
        Assert.Equal(1, file.Dropped);
        Assert.Contains(path, file.Fault);
        Directory.CreateDirectory(folder);
        file.Write("three\n"u8);
        Assert.Equal((1, null), (file.Dropped, file.Fault));
        Assert.Equal("three\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_socket_is_connected_to_again_and_gets_whole_lines()
    {
        string path = _folder.File("s");
        var clock = new ManualClock();
        using SocketTarget target = SocketTarget.Unix(path, clock);
        target.Write("before\n"u8); // nobody listens yet
        Assert.Contains("s: ", target.Fault);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        clock.Advance(TimeSpan.FromSeconds(10));
        target.Tick();
        using (Socket first = listener.Accept())
        {
            Assert.Equal("before\n", Receive(first, 7));
            target.Write("one\n"u8);
            Assert.Equal("one\n", Receive(first, 4));
        }
        for (int i = 0; i < 3; i++) target.Write("gap\n"u8); // the first may still have gone into the dead connection
        clock.Advance(TimeSpan.FromSeconds(10));
        target.Tick();
        using Socket second = listener.Accept();
        target.Tick();
        Assert.Equal("gap\n", Receive(second, 4));
        Assert.Equal(0, target.Dropped);
        Assert.Null(target.Fault);
    }

    [Fact]
    public void A_listener_that_reads_too_slowly_costs_lines_and_not_memory()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using SocketTarget target = SocketTarget.Tcp("127.0.0.1", ((System.Net.IPEndPoint)listener.LocalEndpoint).Port);
        using Socket slow = listener.AcceptSocket();
        byte[] line = [.. Enumerable.Repeat((byte)'x', 999), (byte)'\n'];
        for (int i = 0; i < 20_000 && target.Dropped == 0; i++) target.Write(line);
        Assert.InRange(target.Dropped, 1, 20_000);
        Assert.Contains("too slowly", target.Fault);
        Assert.Equal(999, Receive(slow, 1000).IndexOf('\n'));
    }

    static string Receive(Socket socket, int count)
    {
        socket.ReceiveTimeout = 20_000;
        byte[] bytes = new byte[count];
        for (int at = 0; at < count;) at += socket.Receive(bytes, at, count - at, SocketFlags.None) is var got and > 0 ? got : throw new EndOfStreamException();
        return Encoding.UTF8.GetString(bytes);
    }

    [Fact]
    public void Results_cost_no_allocation()
    {
        using var file = new RotatingFile(_folder.File("a"));
        ResultSink[] sinks = [new(ResultFormat.Text, file), new(ResultFormat.JsonLines, file), new(ResultFormat.Csv, file)];
        StreamResult result = Example();
        void Write()
        {
            foreach (ResultSink sink in sinks) sink.Write(result);
        }
        for (int i = 0; i < 100; i++) Write();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) Write();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("xml", "'xml' is unknown")]
    [InlineData("csv:f?rotate=big", "'rotate=big' is no option")]
    [InlineData("csv:f?colour=red", "'colour=red'")]
    [InlineData("jsonl:tcp:host", "HOST:PORT")]
    [InlineData("jsonl:?keep=1", "name is missing")]
    public void Sinks_that_mean_nothing_say_why(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<SourceAddressException>(() => ResultSinks.Open(text, () => new Collected())).Message);

    [Theory]
    [InlineData("50ms", 0.05)]
    [InlineData("2.5", 2.5)]
    [InlineData("10min", 600)]
    [InlineData("7d", 604800)]
    public void Durations_are_read_with_their_units(string text, double seconds)
    {
        Assert.True(Quantity.TryDuration(text, out TimeSpan duration));
        Assert.Equal(seconds, duration.TotalSeconds, 1e-9);
        Assert.False(Quantity.TryDuration("-" + text, out _));
        Assert.True(Quantity.TrySize("1.5MiB", out long bytes));
        Assert.Equal(3 << 19, bytes);
    }
}
