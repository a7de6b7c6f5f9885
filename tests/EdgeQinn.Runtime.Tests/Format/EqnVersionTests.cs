using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

public sealed class EqnVersionTests
{
    static EqnPatch Rich => EqnPatch.From(EqnWriter.ToArray(SampleFiles.Rich()));

    [Fact]
    public void The_tests_own_writer_gives_the_same_bytes() => Assert.Equal(EqnWriter.ToArray(SampleFiles.Rich()), Rich.ToArray());

    [Fact]
    public void A_newer_minor_version_with_an_unknown_optional_section_loads()
    {
        var patch = Rich;
        patch.Minor = 7;
        patch.Sections.Insert(1, ("PLAN", 0, [1, 2, 3]));
        using var file = EqnFile.Parse(patch.ToArray(), "new.eqn");
        Assert.Equal(7, file.FormatMinor);
        Assert.Contains(file.Sections, s => s.Id == "PLAN" && s.Length == 3);
        Assert.Equal(3, file.Golden!.CaseCount);
    }

    [Fact]
    public void An_unknown_required_section_is_refused_by_name()
    {
        var patch = Rich;
        patch.Sections.Add(("NEW!", 1, [1]));
        Assert.Contains("NEW!", Refused(patch.ToArray()).Message);
    }

    [Fact]
    public void Another_major_version_is_refused_whatever_else_changed()
    {
        byte[] file = Rich.ToArray();
        file[8] = 2;
        var error = Refused(file);
        Assert.Contains("version 2.0", error.Message);
        Assert.Equal(8, error.Position);
    }

    [Fact]
    public void Only_the_graph_must_be_there()
    {
        var graph = new ModelGraph { Values = [new("x", new(ElementType.Float32, 1))], Nodes = [], Inputs = [0], Outputs = [0] };
        var patch = EqnPatch.From(EqnWriter.ToArray(new EqnContents(graph)));
        patch.Sections.RemoveAt(1);
        using var file = EqnFile.Parse(patch.ToArray(), "m.eqn");
        Assert.Null(file.Contract);
        Assert.Null(file.Golden);
        Assert.True(file.Provenance.IsEmpty);

        patch.Sections.RemoveAt(0);
        Assert.Contains("GRPH", Refused(patch.ToArray()).Message);
    }

    [Fact]
    public void Other_files_are_told_apart()
    {
        Assert.Contains("not an .eqn file", Refused(new byte[100]).Message);
        Assert.Equal(3, Refused(new byte[3]).Position);
        Assert.Contains("copied incompletely", Refused(Rich.ToArray()[..^1]).Message);
        Assert.Contains("copied incompletely", Refused([.. Rich.ToArray(), 0]).Message);
    }

    [Fact]
    public void A_section_twice_overlapping_or_unaligned_is_refused()
    {
        var patch = Rich;
        patch.Sections.Add(patch.Sections[^1]);
        Assert.Contains("twice", Refused(patch.ToArray()).Message);

        byte[] file = Rich.ToArray();
        file[64 + 32 + 8]++;
        EqnPatch.FixHeader(file);
        Assert.Contains("aligned", Refused(file).Message);

        file = Rich.ToArray();
        file.AsSpan(64 + 8, 8).CopyTo(file.AsSpan(64 + 32 + 8));
        EqnPatch.FixHeader(file);
        Assert.Contains("overlaps", Refused(file).Message);
    }

    static FileFormatException Refused(byte[] file) => Assert.Throws<FileFormatException>(() => EqnFile.Parse(file, "m.eqn"));
}
