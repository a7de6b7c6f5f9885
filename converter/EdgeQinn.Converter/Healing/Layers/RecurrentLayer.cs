using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Operators.Recurrent;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>
/// A recurrent layer by back-propagation through time (Werbos 1990): the product with the inputs of all steps at once, then step by step.
/// Rows are [sample, step]; gates as ONNX orders them. Samples share the weights' products, so that one step is one product.
/// </summary>
abstract class RecurrentLayer : Layer
{
    readonly LayerContext _context;
    readonly int _x;
    readonly int? _y, _last;
    readonly Parameter _w, _r;
    readonly Parameter? _b;

    /// <summary>Reads what all cells have in common.</summary>
    protected RecurrentLayer(LayerContext context, int gates, int inputs)
    {
        _context = context;
        S = RecurrentShape.Of(context.Call, gates);
        if (S.Batch != 1) throw context.Call.Fail($"a batch of {S.Batch} in the graph itself cannot be trained; convert it with a batch of 1");
        for (int i = RecurrentShape.Lengths; i < inputs; i++)
            if (context.Call.Has(i) && !(context.Call.Constant(i) is { } zeros && i > RecurrentShape.Lengths && !zeros.Floats().ContainsAnyExcept(0f)))
                throw context.Call.Fail("training knows neither sequence lengths, initial states nor peepholes");
        foreach (string attribute in (ReadOnlySpan<string>)["activations", "clip", "input_forget"])
            if (context.Attributes.Has(attribute) && !IsStandard(attribute)) throw context.Call.Fail($"training does not know its '{attribute}'");
        _x = context.Input(0);
        _y = At(0);
        _last = At(1);
        if (At(2) is not null) throw context.Call.Fail("training does not go through its cell state");
        (_w, _r, _b) = (context.Parameter(RecurrentShape.W)!, context.Parameter(RecurrentShape.R)!, context.Parameter(RecurrentShape.B));
        bool reverse = context.Attributes.Text("direction", "forward") == "reverse";
        Directions = [.. Enumerable.Range(0, S.D).Select(d => new Direction(d, reverse || d == 1,
            _w.Pack(d * Gates * S.I, Gates, S.I), _r.Pack(d * Gates * S.H, Gates, S.H)))];

        int? At(int output) => output < context.Node.Outputs.Count && context.Output(output) >= 0 ? context.Output(output) : null;
    }

    /// <summary>One direction: its number, whether it runs from the last step to the first, and its weights.</summary>
    protected sealed record Direction(int Number, bool Reverse, PackedMatrix W, PackedMatrix R);

    /// <summary>The sizes.</summary>
    protected RecurrentShape S { get; }

    /// <summary>G·H.</summary>
    protected int Gates => S.G * S.H;

    Direction[] Directions { get; }

    /// <summary>Values a cell keeps per step, sample and unit for its backward pass.</summary>
    protected abstract int KeptPerUnit { get; }

    /// <summary>
    /// One step of one sample: from the products x = W x + b_W and p = R h + b_R [G·H] and the state before to the state after; keeps in
    /// <paramref name="kept"/> [KeptPerUnit, H] what <see cref="StepBack"/> needs.
    /// </summary>
    protected abstract void Step(ReadOnlySpan<float> x, ReadOnlySpan<float> p, ReadOnlySpan<float> before, Span<float> after, Span<float> cell, Span<float> kept);

    /// <summary>
    /// Its reverse: from dh to dx and dp [G·H]; dh becomes the part of the gradient by the state before that does not go through p.
    /// </summary>
    protected abstract void StepBack(ReadOnlySpan<float> before, ReadOnlySpan<float> kept, Span<float> dh, Span<float> dcell, Span<float> dx, Span<float> dp);

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        foreach (var direction in Directions)
        {
            int n = tape.Samples, rows = n * S.T, slot = direction.Number * 8;
            var projected = tape.Keep<float>(this, slot, rows * Gates).AsSpan(0, rows * Gates);
            direction.W.Multiply(rows, tape.Value(_x), Bias(direction, 0), projected);
            // States [step + 1, sample, H]: the first is zero.
            var states = tape.Keep<float>(this, slot + 1, (S.T + 1) * n * S.H).AsSpan(0, (S.T + 1) * n * S.H);
            var kept = tape.Keep<float>(this, slot + 2, rows * KeptPerUnit * S.H).AsSpan();
            var product = tape.Keep<float>(this, slot + 3, n * Gates).AsSpan(0, n * Gates);
            var cells = tape.Keep<float>(this, slot + 4, n * S.H).AsSpan(0, n * S.H);
            states[..(n * S.H)].Clear();
            cells.Clear();
            for (int step = 0; step < S.T; step++)
            {
                int t = direction.Reverse ? S.T - 1 - step : step;
                ReadOnlySpan<float> before = states.Slice(step * n * S.H, n * S.H);
                var after = states.Slice((step + 1) * n * S.H, n * S.H);
                direction.R.Multiply(n, before, Bias(direction, 1), product);
                for (int s = 0; s < n; s++)
                {
                    var h = after.Slice(s * S.H, S.H);
                    Step(projected.Slice((s * S.T + t) * Gates, Gates), product.Slice(s * Gates, Gates), before.Slice(s * S.H, S.H), h, cells.Slice(s * S.H, S.H),
                        kept.Slice((step * n + s) * KeptPerUnit * S.H, KeptPerUnit * S.H));
                    if (_y is { } y) h.CopyTo(tape.Value(y)[(((s * S.T + t) * S.D + direction.Number) * S.H)..]);
                    if (_last is { } last && step == S.T - 1) h.CopyTo(tape.Value(last)[((s * S.D + direction.Number) * S.H)..]);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(Tape tape)
    {
        foreach (var direction in Directions)
        {
            int n = tape.Samples, rows = n * S.T, slot = direction.Number * 8;
            ReadOnlySpan<float> states = tape.Keep<float>(this, slot + 1, (S.T + 1) * n * S.H).AsSpan(0, (S.T + 1) * n * S.H);
            ReadOnlySpan<float> kept = tape.Keep<float>(this, slot + 2, rows * KeptPerUnit * S.H);
            // Gradients by the products: with inputs [sample, step, G·H], with states [step, sample, G·H].
            var dx = tape.Keep<float>(this, slot, rows * Gates).AsSpan(0, rows * Gates);
            var dp = tape.Keep<float>(this, slot + 5, rows * Gates).AsSpan(0, rows * Gates);
            var dh = tape.Keep<float>(this, slot + 6, 2 * n * S.H).AsSpan(0, 2 * n * S.H);
            var through = dh[(n * S.H)..];
            dh = dh[..(n * S.H)];
            var dcell = tape.Keep<float>(this, slot + 4, n * S.H).AsSpan(0, n * S.H);
            dh.Clear();
            dcell.Clear();
            for (int step = S.T - 1; step >= 0; step--)
            {
                int t = direction.Reverse ? S.T - 1 - step : step;
                var before = states.Slice(step * n * S.H, n * S.H);
                for (int s = 0; s < n; s++)
                {
                    var d = dh.Slice(s * S.H, S.H);
                    if (_y is { } y) Rows.Add(tape.Gradient(y).Slice(((s * S.T + t) * S.D + direction.Number) * S.H, S.H), d);
                    if (_last is { } last && step == S.T - 1) Rows.Add(tape.Gradient(last).Slice((s * S.D + direction.Number) * S.H, S.H), d);
                    StepBack(before.Slice(s * S.H, S.H), kept.Slice((step * n + s) * KeptPerUnit * S.H, KeptPerUnit * S.H), d, dcell.Slice(s * S.H, S.H),
                        dx.Slice((s * S.T + t) * Gates, Gates), dp.Slice((step * n + s) * Gates, Gates));
                }
                direction.R.MultiplyBack(n, dp.Slice(step * n * Gates, n * Gates), through);
                Rows.Add(through, dh);
            }
            var scratch = tape.Keep<float>(this, slot + 7, Math.Max(Gates * Math.Max(S.I, S.H), rows * S.I)).AsSpan();
            direction.W.AddGradient(tape, rows, dx, tape.Value(_x), scratch);
            direction.R.AddGradient(tape, rows, dp, states[..(rows * S.H)], scratch);
            if (_b is not null)
            {
                Rows.AddSums(dx, Gates, tape.Gradient(_b).AsSpan(direction.Number * 2 * Gates, Gates));
                Rows.AddSums(dp, Gates, tape.Gradient(_b).AsSpan((direction.Number * 2 + 1) * Gates, Gates));
            }
            direction.W.MultiplyBack(rows, dx, scratch);
            Rows.Add(scratch[..(rows * S.I)], tape.Gradient(_x));
        }
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    protected static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    ReadOnlySpan<float> Bias(Direction direction, int which) => _b is null ? default : _b.Value.AsSpan((direction.Number * 2 + which) * Gates, Gates);

    bool IsStandard(string attribute) => attribute switch
    {
        "activations" => _context.Attributes.Text(attribute).Split(',').Select(a => a.Trim().ToUpperInvariant()).SequenceEqual(
            Enumerable.Repeat(S.G == 3 ? new[] { "SIGMOID", "TANH" } : ["SIGMOID", "TANH", "TANH"], S.D).SelectMany(a => a)),
        "input_forget" => _context.Attributes.Int(attribute) == 0,
        _ => false,
    };
}
