using System.Text;
using EdgeQinn.Cli.Output;
using EdgeQinn.Cli.Streams;
using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Cli.Demo;

/// <summary>The demo in a terminal: the trace scrolling by, labels at their beats, figures below.</summary>
sealed class LiveView(TextWriter output, DemoState state, StreamRun run, string title, Paint paint)
{
    const int SamplesPerDot = 14, SamplesPerCell = 2 * SamplesPerDot;
    const int ScaleColumns = 8, FigureRows = 14, MinTraceRows = 5, MaxTraceRows = 18;
    const double ColouredBefore = 0.22, ColouredAfter = 0.38; // s around a beat drawn in its colour

    readonly StringBuilder _frame = new(16_384);
    long _memory, _memoryAt;
    float _low = -0.6f, _high = 1.4f; // mV; widened by what is seen

    readonly List<int> _lineEnds = [];

    /// <summary>Draws one frame.</summary>
    public void Draw()
    {
        var (columns, rows) = Terminal.Size;
        int width = Math.Max(20, columns - ScaleColumns - 1), traceRows = Math.Clamp(rows - FigureRows, MinTraceRows, MaxTraceRows);
        // The right edge moves in whole cells, so that labels and trace move together.
        long right = (state.Count / SamplesPerCell + 1) * SamplesPerCell, left = right - (long)width * SamplesPerCell;

        _frame.Clear().Append(Paint.FrameStart);
        _lineEnds.Clear();
        Title(columns);
        Trace(left, width, traceRows);
        Axis(left, width);
        Labels(" label", left, width, beat => beat.Label, (beat, label) => (Paint.OfLabel(label), beat.Label != beat.Truth));
        Labels(" truth", left, width, beat => beat.Truth, (_, _) => (Paint.Grey, false));
        Figures(columns);
        if (_lineEnds.Count >= rows) _frame.Length = _lineEnds[rows - 1]; // what does not fit is left out, from below
        _frame.Append(Paint.FrameEnd);
        output.Write(_frame);
        output.Flush();
    }

    void EndLine()
    {
        _lineEnds.Add(_frame.Length);
        _frame.Append(Paint.LineEnd);
    }

    void Title(int columns)
    {
        string clock = $"{state.Count / state.SampleRate,5:0.0} s ";
        paint.Write(_frame, Paint.White, " EdgeQinn ");
        string rest = title.Length + 10 + clock.Length > columns ? title[..Math.Max(0, columns - 10 - clock.Length)] : title;
        paint.Write(_frame, Paint.Grey, rest);
        paint.Write(_frame, Paint.Grey, clock.PadLeft(Math.Max(clock.Length, columns - 10 - rest.Length)));
        EndLine();
        EndLine();
    }

    void Trace(long left, int width, int rows)
    {
        var canvas = new BrailleCanvas(width, rows);
        Fit(left);
        int previousTop = -1, previousBottom = -1;
        for (int x = 0; x < canvas.Width; x++)
        {
            var (low, high) = Range(left + (long)x * SamplesPerDot);
            if (float.IsNaN(low)) continue;
            int top = Row(high, canvas.Height), bottom = Row(low, canvas.Height);
            // Neighbouring columns are joined, so that steep edges have no holes.
            if (previousTop >= 0) (top, bottom) = (Math.Min(top, previousBottom), Math.Max(bottom, previousTop));
            canvas.Column(x, top, bottom);
            (previousTop, previousBottom) = (Row(high, canvas.Height), Row(low, canvas.Height));
        }

        int[] colours = Colours(left, width);
        for (int row = 0; row < rows; row++)
        {
            Scale(row, rows);
            int colour = 0;
            for (int column = 0; column < width; column++)
            {
                char cell = canvas[column, row];
                if (cell != ' ' && colours[column] != colour) paint.Set(_frame, colour = colours[column]);
                _frame.Append(cell);
            }
            EndLine();
        }
    }

    /// <summary>Widens the scale to what is visible; it never narrows, so that the trace does not jump.</summary>
    void Fit(long left)
    {
        for (long s = Math.Max(left, state.Count - (long)state.SampleRate); s < state.Count; s++)
        {
            float value = state[s];
            if (value < _low) _low = MathF.Floor(value * 5) / 5;
            if (value > _high) _high = MathF.Ceiling(value * 5) / 5;
        }
    }

    int Row(float value, int height) => (int)MathF.Round((_high - value) / (_high - _low) * (height - 1));

    (float Low, float High) Range(long from)
    {
        (float low, float high) = (float.NaN, float.NaN);
        for (long s = from; s < from + SamplesPerDot; s++)
        {
            float value = state[s];
            if (float.IsNaN(value)) continue;
            if (float.IsNaN(low)) (low, high) = (value, value);
            else (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }
        return (low, high);
    }

    int[] Colours(long left, int width)
    {
        int[] colours = new int[width];
        Array.Fill(colours, Paint.Green);
        foreach (var beat in Visible(left))
        {
            if (beat.Label == 0) continue;
            int from = Cell(beat.Sample - (long)(ColouredBefore * state.SampleRate), left), to = Cell(beat.Sample + (long)(ColouredAfter * state.SampleRate), left);
            for (int c = Math.Max(0, from); c <= Math.Min(width - 1, to); c++) colours[c] = Paint.OfLabel(beat.Label);
        }
        return colours;
    }

    /// <summary>Millivolts at the left, where a whole or half one falls into the row.</summary>
    void Scale(int row, int rows)
    {
        float top = _high - (row - 0.5f) * (_high - _low) / (rows - 1), bottom = _high - (row + 0.5f) * (_high - _low) / (rows - 1);
        float mark = MathF.Floor(top * 2) / 2;
        paint.Write(_frame, Paint.Grey, mark > bottom ? $" {mark,4:0.0} ┤ " : "      │ ");
    }

    void Axis(long left, int width)
    {
        var axis = new char[width];
        for (int c = 0; c < width; c++) axis[c] = '─';
        for (long second = Math.Max(0, (long)(left / state.SampleRate)); second * state.SampleRate < left + (long)width * SamplesPerCell; second++)
        {
            int c = Cell((long)(second * state.SampleRate), left);
            if (c < 0 || c >= width) continue;
            string mark = second % 2 == 0 ? $"┬{second} s" : "┬";
            for (int i = 0; i < mark.Length && c + i < width; i++) axis[c + i] = mark[i];
        }
        paint.Write(_frame, Paint.Grey, "   mV └─");
        _frame.Append(axis);
        EndLine();
    }

    void Labels(string name, long left, int width, Func<LabelledBeat, int> value, Func<LabelledBeat, int, (int Colour, bool Inverse)> style)
    {
        paint.Write(_frame, Paint.Grey, name.PadRight(ScaleColumns));
        int at = 0;
        foreach (var beat in Visible(left))
        {
            int c = Cell(beat.Sample, left), label = value(beat);
            string text = label < 0 ? "?" : state.Labels[label];
            if (c < at || c + text.Length > width) continue;
            _frame.Append("\e[0m").Append(' ', c - at);
            var (colour, inverse) = style(beat, label);
            paint.Set(_frame, colour, inverse);
            _frame.Append(text);
            at = c + text.Length;
        }
        _frame.Append("\e[0m");
        EndLine();
    }

    void Figures(int columns)
    {
        EndLine();
        paint.Write(_frame, Paint.Grey, " beats     ");
        for (int label = 0; label < state.Labels.Count; label++)
        {
            long count = state.Beats.Count(b => b.Label == label);
            paint.Write(_frame, count > 0 ? Paint.OfLabel(label) : Paint.Dim, $"{state.Labels[label]} {count,-5}");
        }
        if (state.Beats.Count > 0) paint.Write(_frame, Paint.White, $"  {state.Agreeing} of {state.Beats.Count} as the generator made them");
        EndLine();
        Line("latency", "last sample → label", state.Latency);
        Line("network", "inputs → scores", state.Network);
        paint.Write(_frame, Paint.Grey, " each beat ");
        Sparkline(Math.Min(columns - 12, 72));
        EndLine();
        if (state.Count >= _memoryAt)
        {
            _memoryAt = state.Count + (long)state.SampleRate;
            _memory = SystemFacts.PeakResidentBytes();
        }
        paint.Write(_frame, Paint.Grey, " memory    ");
        paint.Write(_frame, Paint.White, $"{Units.Bytes(_memory)} at most, {run.Allocated / Math.Max(1, state.Beats.Count)} B allocated per beat");
        EndLine();
    }

    void Line(string name, string what, LatencyHistogram h)
    {
        paint.Write(_frame, Paint.Grey, $" {name,-10}");
        paint.Write(_frame, Paint.White, $"p50 {Units.Time(h.Percentile(50)),-9} p99 {Units.Time(h.Percentile(99)),-9} max {Units.Time(h.Max),-9} ");
        paint.Write(_frame, Paint.Grey, what);
        EndLine();
    }

    /// <summary>The last beats' latencies, on a scale that ends at twice their median.</summary>
    void Sparkline(int width)
    {
        const string Bars = "▁▂▃▄▅▆▇█";
        var last = state.Beats.TakeLast(Math.Max(width, 0)).ToArray();
        long most = Math.Max(1, 2 * state.Latency.Percentile(50));
        paint.Set(_frame, Paint.Blue);
        foreach (var beat in last) _frame.Append(Bars[(int)Math.Min(Bars.Length - 1, beat.Latency * Bars.Length / most)]);
    }

    IEnumerable<LabelledBeat> Visible(long left)
    {
        int first = state.Beats.Count;
        while (first > 0 && state.Beats[first - 1].Sample >= left - (long)state.SampleRate) first--;
        return state.Beats.Skip(first);
    }

    static int Cell(long sample, long left) => (int)Math.Floor((double)(sample - left) / SamplesPerCell);
}
