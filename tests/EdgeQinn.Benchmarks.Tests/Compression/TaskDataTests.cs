using EdgeQinn.Benchmarks.Compression;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests.Compression;

/// <summary>Nothing that is tested on is trained on.</summary>
public class TaskDataTests
{
    [Theory]
    [InlineData("wfdb:mitdb/100", "wfdb:mitdb/100")]
    [InlineData("mat:a.mat", "mat:a.mat?from=70%")]
    [InlineData("mat:a.mat?rate=48000&to=71%&hop=512", "mat:a.mat?rate=48000&from=70%&hop=256")]
    public void A_recording_in_both_lists_is_refused(string training, string test) =>
        Assert.Contains(test, Assert.Throws<EdgeQinnException>(() => TaskData.CheckSources(["mat:other.mat", training], [test])).Message, StringComparison.Ordinal);

    [Fact]
    public void Parts_that_only_touch_are_apart() => TaskData.CheckSources(["mat:a.mat?to=70%"], ["mat:a.mat?from=70%", "mat:b.mat"]);

    [Fact]
    public void Parts_that_cannot_be_compared_are_refused() =>
        Assert.Throws<EdgeQinnException>(() => TaskData.CheckSources(["mat:a.mat?to=9.5"], ["mat:a.mat?from=70%"]));

    [Fact]
    public void A_window_in_both_sets_is_refused_whatever_it_is_called()
    {
        var random = new Random(1);
        float[] training = [.. Enumerable.Range(0, 40 * 4).Select(_ => random.NextSingle())], test = [.. Enumerable.Range(0, 40 * 4).Select(_ => random.NextSingle())];
        TaskData.CheckWindows(Set(training, "a"), Set(test, "b"));
        training.AsSpan(5 * 4, 4).CopyTo(test.AsSpan(17 * 4));

        Assert.Contains("window 17", Assert.Throws<EdgeQinnException>(() => TaskData.CheckWindows(Set(training, "a"), Set(test, "b"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_draws_its_own_part_of_the_windows()
    {
        var set = Set([.. Enumerable.Range(0, 100 * 4).Select(i => (float)i)], "a");
        var first = TaskData.Draw(set, 0.4, 1);

        Assert.Equal(40, first.Count);
        Assert.Equal(Enumerable.Range(0, 40).Select(w => (int)first.Window(0, w)[0] / 4), first.Labels);
        Assert.Equal(40, first.Labels.Distinct().Count());
        Assert.Equal(first.Labels, TaskData.Draw(set, 0.4, 1).Labels);
        Assert.NotEqual(first.Labels, TaskData.Draw(set, 0.4, 2).Labels);
    }

    [Fact]
    public void Reference_tasks_train_on_nothing_they_are_tested_on()
    {
        foreach (var task in ReferenceTask.All)
        {
            TaskData.CheckSources(task.Training, task.Test);
            Assert.DoesNotContain(task.Training, s => s.Contains("_3.mat", StringComparison.Ordinal));
        }
    }

    [SharedFact]
    public void The_bearings_test_is_the_one_the_models_were_published_with()
    {
        var data = TaskData.Read(ReferenceTask.Of("bearing-wdcnn"), SharedData.Path("data"));

        Assert.Equal(2180, data.Test.Count);
        Assert.All(data.Training.GroupNames, name => Assert.EndsWith("_0", name, StringComparison.Ordinal));
    }

    /// <summary>A window's label is its number.</summary>
    static CalibrationSet Set(float[] data, string name)
    {
        int count = data.Length / 4;
        return new(["x"], [data], count, [.. Enumerable.Range(0, count)], new int[count], [name]);
    }
}
