using System.Diagnostics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Fuzz;

/// <summary>
/// Feeds mutated inputs to a target. An input passes if it is read, or refused with a declared error, within the time and memory allowed.
/// </summary>
sealed class Fuzzer : IDisposable
{
    /// <summary>The longest an input may take. What takes longer is repeated, since a busy machine is slow at times; the shortest time counts.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>After this an input is taken to hang; the run ends, for a thread cannot be ended alone.</summary>
    static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(30);

    const int Repetitions = 3, ReportSeconds = 10;

    readonly Target _target;
    readonly Options _options;
    readonly Journal _journal;
    readonly Timer _watchdog;
    readonly Stopwatch _run = Stopwatch.StartNew();
    long _index, _begun; // _begun: time stamp of the input under test, 0 between inputs
    long _refused, _largest, _largestInput;
    TimeSpan _slowest;
    byte[] _input = [];

    public Fuzzer(Target target, Options options)
    {
        (_target, _options) = (target, options);
        _journal = new Journal(options.Save, target.Name);
        _watchdog = new Timer(_ => Watch(), null, 1000, 1000);
    }

    public long Passed { get; private set; }

    public long Failed { get; private set; }

    public void Run()
    {
        long end = _options.Count is { } count ? _options.First + count : _options.Seconds is null ? _options.First + 10_000 : long.MaxValue;
        double nextReport = ReportSeconds;
        for (_index = _options.First; _index < end && !(_run.Elapsed.TotalSeconds > _options.Seconds); _index++)
        {
            _journal.Note(_options.Seed, _index);
            _input = _target.Make(Numbers());
            if (Test() is { } problem) Fail(problem);
            else Passed++;
            if (_run.Elapsed.TotalSeconds < nextReport) continue;
            Report();
            nextReport += ReportSeconds;
        }
        Report();
    }

    /// <summary>The random numbers of the present input.</summary>
    Random Numbers() => new(unchecked((int)(_options.Seed * 1_000_003L + _index)));

    /// <summary>What is wrong with the present input, or null.</summary>
    string? Test()
    {
        var shortest = TimeSpan.MaxValue;
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
            string? problem = TestOnce(repetition == 0);
            var elapsed = Stopwatch.GetElapsedTime(_begun);
            Volatile.Write(ref _begun, 0);
            if (problem is not null) return problem;
            shortest = elapsed < shortest ? elapsed : shortest;
            if (shortest <= Limit) break;
        }
        if (shortest > _slowest) _slowest = shortest;
        return shortest <= Limit ? null : $"takes {shortest.TotalSeconds:F2} s";
    }

    string? TestOnce(bool first)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        object? read = null;
        try
        {
            read = _target.Read(_input);
            if (Allocated(before) is { } tooMuch) return tooMuch;
            var random = Numbers();
            _target.Use(read, random);
            return null;
        }
        catch (EdgeQinnException)
        {
            if (first) _refused++;
            return read is null ? Allocated(before) : null;
        }
        catch (Exception e) // whatever it is, it is not declared
        {
            return e.ToString();
        }
        finally
        {
            (read as IDisposable)?.Dispose();
        }
    }

    string? Allocated(long before)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before, allowed = _target.Allocation.Factor * _input.Length + _target.Allocation.Constant;
        if (bytes > _largest) (_largest, _largestInput) = (bytes, _input.Length);
        return bytes <= allowed ? null : $"reading {_input.Length} bytes allocates {bytes}, at most {allowed}";
    }

    void Fail(string problem)
    {
        Failed++;
        string path = Path.Combine(_options.Save, $"{_options.Seed}-{_index}.{_target.Name}");
        File.WriteAllBytes(path, _input);
        Console.WriteLine($"{_target.Name}: input {_index} (--target {_target.Name} --seed {_options.Seed} --first {_index} --count 1, saved to {path}): {problem}");
    }

    void Watch()
    {
        long begun = Volatile.Read(ref _begun);
        if (begun == 0 || Stopwatch.GetElapsedTime(begun) < HangLimit) return;
        Fail($"hangs: not done after {HangLimit.TotalSeconds} s");
        Console.WriteLine($"{Passed} passed, {Failed} failed");
        Environment.Exit(1);
    }

    void Report() => Console.WriteLine(
        $"{_target.Name}: {Passed + Failed} inputs in {_run.Elapsed.TotalSeconds:F0} s, {_refused} refused, {Failed} failed; slowest {_slowest.TotalMilliseconds:F0} ms, "
        + $"most memory {_largest >> 10} KiB for {_largestInput} bytes");

    public void Dispose()
    {
        _watchdog.Dispose();
        _journal.Dispose();
    }
}
