using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Compression;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace EdgeQinn.Converter.Tests.Compression;

/// <summary>Builders with calibration: the error of the outputs, tr(Δ C Δᵀ), is the one theory or exhaustive search gives.</summary>
public class CalibratedBuilderTests
{
    readonly Random _random = new(5);

    [Fact]
    public void Whitened_low_rank_leaves_exactly_the_tail_of_the_whitened_spectrum()
    {
        foreach (var (rows, columns) in new[] { (12, 30), (30, 12), (16, 16) })
        {
            var layer = Drawn(rows, columns);
            var spectrum = (layer.ToMatrix() * C(layer).Cholesky().Factor).Svd().S;
            for (int rank = 1; rank < 12; rank += 3)
                AssertClose(Math.Sqrt(spectrum.Skip(rank).Sum(s => s * s)), Error(layer, LowRankBuilder.Build(layer, rank)), Norm(layer));
        }
    }

    [Fact]
    public void Low_rank_in_int8_stays_near_its_float_self()
    {
        var layer = Drawn(24, 40);
        Assert.InRange(Error(layer, LowRankBuilder.Build(layer, 6, int8: true)), 0, Error(layer, LowRankBuilder.Build(layer, 6)) + 0.02 * Norm(layer));
    }

    [Theory, InlineData(1), InlineData(4)]
    public void Removing_one_block_is_the_best_of_all_single_removals(int height)
    {
        var layer = Drawn(height, 7);
        var pruned = BlockSparseBuilder.Build(layer, height, 1, 6 / 7.0);
        double best = Enumerable.Range(0, 7).Min(q => Error(layer, ByMask(layer, height, Enumerable.Range(0, 7).Select(j => j != q).ToArray())));
        AssertClose(best, Error(layer, pruned), Norm(layer));
    }

    [Theory, InlineData(1, 0.5), InlineData(4, 0.5), InlineData(8, 0.25), InlineData(16, 0.3)]
    public void Kept_weights_solve_their_normal_equations(int height, double density)
    {
        var layer = Drawn(16, 24);
        var weight = BlockSparseBuilder.Build(layer, height, 1, density);
        Assert.Equal((int)Math.Round(density * weight.Groups * 24, MidpointRounding.AwayFromZero), weight.Blocks);
        var delta = Dense(layer, weight) - layer.ToMatrix();
        var gradient = delta * C(layer);
        var kept = weight.ToArray();
        for (int i = 0; i < kept.Length; i++)
            if (kept[i] != 0) Assert.InRange(Math.Abs(gradient[i / 24, i % 24]), 0, 1e-5 * Norm(layer));
        var plain = BlockSparseBuilder.Build(layer with { Inputs = null }, height, 1, density);
        Assert.True(Error(layer, weight) < 0.95 * Error(layer, plain), $"{Error(layer, weight)} of {Error(layer, plain)}");
    }

    [Fact]
    public void Greedy_removal_comes_near_the_best_of_all_masks()
    {
        double found = 0, best = 0;
        for (int trial = 0; trial < 20; trial++)
        {
            var layer = Drawn(4, 8);
            found += Error(layer, BlockSparseBuilder.Build(layer, 4, 1, 0.5));
            best += Enumerable.Range(0, 256).Where(m => int.PopCount(m) == 4).Min(m => Error(layer, ByMask(layer, 4, [.. Enumerable.Range(0, 8).Select(j => (m >> j & 1) != 0)])));
        }
        Assert.InRange(found / best, 1 - 1e-6, 1.08);
    }

    [Fact]
    public void White_inputs_give_back_pruning_by_magnitude()
    {
        var drawn = Drawn(6, 10);
        var white = drawn with { Inputs = new LayerInputs(new InputMoments(new double[10], Matrix<double>.Build.DenseIdentity(10), 1), [], []) };
        Assert.Equal(BlockSparseBuilder.Build(drawn with { Inputs = null }, 1, 1, 0.4).ToArray(), BlockSparseBuilder.Build(white, 1, 1, 0.4).ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void The_order_with_a_first_cut_is_almost_as_good_as_the_exact_one()
    {
        var layer = Drawn(8, 40);
        var h = C(layer);
        double[][] rows = [.. layer.ToMatrix().EnumerateRows().Select(r => r.ToArray())];
        double[] inverse = SymmetricInverse.Of(h);
        Assert.Equal(0, (Matrix<double>.Build.Dense(40, 40, (i, j) => inverse[i * 40 + j]) * h - Matrix<double>.Build.DenseIdentity(40)).FrobeniusNorm(), 1e-6);
        double ErrorOf(ObsOrder order)
        {
            Assert.Equal(Enumerable.Range(0, 40), order.Columns.Order());
            Assert.Equal(order.Cost.Order(), order.Cost);
            var keep = new bool[1, 40];
            foreach (int q in order.Columns[30..]) keep[0, q] = true;
            return Error(layer, BlockSparseBuilder.FromMask(ObsPruning.Refitted(layer, layer.Inputs!.Moments, keep, 8), 8, 1, keep, false));
        }
        double exact = ErrorOf(ObsOrder.Of(h, inverse, rows, 40)), cut = ErrorOf(ObsOrder.Of(h, inverse, rows, 20));
        Assert.InRange(cut, 0.9 * exact, 1.3 * exact);
    }

    [Fact]
    public void Wider_blocks_are_refitted()
    {
        var layer = Drawn(16, 24);
        Assert.True(Error(layer, BlockSparseBuilder.Build(layer, 4, 4, 0.5)) < 0.9 * Error(layer, BlockSparseBuilder.Build(layer with { Inputs = null }, 4, 4, 0.5)));
    }

    [Theory, InlineData(new[] { 4, 4 }, new[] { 4, 6 }), InlineData(new[] { 2, 4, 2 }, new[] { 3, 2, 4 }), InlineData(new[] { 4, 4 }, new[] { 5, 5 })]
    public void Sweeps_never_raise_the_error_and_report_it_truly(int[] m, int[] n)
    {
        var layer = Drawn(16, 24);
        var sweeps = new MpsSweeps(layer.ToMatrix(), C(layer), m, n);
        var start = MpsBuilder.OfBond(layer with { Inputs = null }, m, n, 3).Weight;
        int[] bonds = [1, .. start.Cores.Select(c => c.Type.Shape[3])];
        var cores = new MpsCores([.. start.Cores.Select(c => Array.ConvertAll(c.ToArray(), v => (double)v))], m, n, bonds);
        var errors = sweeps.Run(cores, 15);
        for (int i = 1; i < errors.Count; i++) Assert.True(errors[i] <= errors[i - 1] + 1e-9, $"update {i}: {errors[i - 1]} → {errors[i]}");
        var fitted = cores.Store(layer.Type, 16);
        AssertClose(errors[^1] * Norm(layer), Error(layer, fitted), Norm(layer));
        Assert.True(Error(layer, fitted) < Error(layer, start));
        Assert.True(Error(layer, MpsBuilder.OfBond(layer, m, n, 3).Weight) < Error(layer, start));
    }

    [Fact]
    public void A_train_within_tolerance_keeps_its_promise()
    {
        var layer = Drawn(16, 24);
        foreach (double tolerance in new[] { 0.5, 0.1 })
        {
            var weight = MpsBuilder.OfTolerance(layer, [4, 4], [4, 6], tolerance).Weight;
            Assert.InRange(Error(layer, weight), 0, tolerance * Norm(layer) * 1.0001);
            int bond = weight.Cores[0].Type.Shape[3];
            if (bond is > 1 and < 5) Assert.True(Error(layer, MpsBuilder.OfBond(layer, [4, 4], [4, 6], bond - 1).Weight) > tolerance * Norm(layer));
        }
    }

    [Fact]
    public void What_has_a_format_is_recovered_with_calibration_too()
    {
        var type = new TensorType(ElementType.Float32, 24, 12);
        var kernel = new TensorType(ElementType.Float32, 8, 6, 5);
        (Weight Exact, Func<DenseLayer, Weight> Build, double Tolerance)[] cases =
        [
            (new EntangledWeight(type, 24, EntangledKind.Phase, Factor(3, 12), Factor(6, 3), Factor(4, 3)), l => EntangledBuilder.Phase(l, 4, 3), 1e-3),
            (new EntangledWeight(type, 24, EntangledKind.Coupled, Factor(3, 12), Factor(6, 2), Factor(4, 2, 3)), l => EntangledBuilder.Coupled(l, 4, 3, 2), 1e-4),
            (new EntangledWeight(type, 24, EntangledKind.Rotation, Factor(4, 12), Factor(6, 4), Factor(4, 2)), l => EntangledBuilder.Rotation(l, 4, 4), 1e-2),
            (new EntangledWeight(type, 24, EntangledKind.Schmidt, Factor(2, 4, 3), Factor(2, 6, 4)), l => EntangledBuilder.Schmidt(l, 4, 3, 2), 1e-3),
            (new MpsWeight(type, 24, Factor(1, 2, 3, 2), Factor(2, 3, 2, 2), Factor(2, 4, 2, 1)), l => MpsBuilder.OfBond(l, [2, 3, 4], [3, 2, 2], 2).Weight, 1e-3),
            (new Tucker2Weight(kernel, Factor(2, 6), Factor(3, 2, 5), Factor(8, 3)), l => ConvFactorBuilder.Tucker2(l, 2, 3), 1e-4),
            (new CpWeight(kernel, Factor(2, 6), Factor(2, 1, 5), Factor(8, 2)), l => ConvFactorBuilder.Cp(l, 2), 2e-2),
        ];
        foreach (var (exact, build, tolerance) in cases)
        {
            var layer = Calibrated(new DenseLayer(exact.ToArray(), exact.Type, exact.Rows));
            Assert.InRange(Error(layer, build(layer)), 0, tolerance * Norm(layer));
        }
    }

    [Fact]
    public void One_group_or_one_tap_is_whitened_low_rank_exactly()
    {
        var layer = Drawn(12, 10);
        double lowRank = Error(layer, LowRankBuilder.Build(layer, 4));
        AssertClose(lowRank, Error(layer, EntangledBuilder.Coupled(layer, 1, 4, 4)), Norm(layer));
        AssertClose(lowRank, Error(layer, EntangledBuilder.Phase(layer, 1, 4)), Norm(layer), 1e-4);
        AssertClose(lowRank, Error(layer, EntangledBuilder.Rotation(layer, 1, 4)), Norm(layer), 1e-3);
        var point = layer with { Type = new TensorType(ElementType.Float32, 12, 10, 1) };
        AssertClose(lowRank, Error(point, ConvFactorBuilder.Tucker2(point, 4, 4)), Norm(layer));
        // With all channels kept, the read-out alone is reduced, and in closed form.
        var patch = layer with { Type = new TensorType(ElementType.Float32, 12, 5, 2) };
        AssertClose(lowRank, Error(patch, ConvFactorBuilder.Tucker2(patch, 5, 4)), Norm(layer));
    }

    [Fact]
    public void Calibration_lowers_the_error_of_outputs_in_every_format()
    {
        foreach (string format in (string[])["bcsr:v=4,density=0.3", "sparse:density=0.3", "lowrank:rank=4", "mps:bond=3", "entangled:groups=4,rank=6", "entangled:kind=coupled,groups=4,rank=6",
            "entangled:kind=schmidt,groups=4,inputs=4,rank=3", "hadamard:v=4,density=0.3", "lowrank:rank=3+sparse:density=0.2", "mps:bond=2+sparse:density=0.2"])
        {
            var layer = Drawn(16, 32);
            var request = FormatRequest.Parse($"*={format}");
            Assert.True(Error(layer, request.Build(layer)) < Error(layer, request.Build(layer with { Inputs = null })), format);
        }
        var kernel = Drawn(16, 30) with { Type = new TensorType(ElementType.Float32, 16, 6, 5) };
        foreach (string format in (string[])["bcsr:v=4,density=0.3", "lowrank:rank=4", "tucker2:rank=3,readout=4", "cp:rank=4"])
        {
            var request = FormatRequest.Parse($"*={format}");
            Assert.True(Error(kernel, request.Build(kernel)) < Error(kernel, request.Build(kernel with { Inputs = null })), format);
        }
    }

    [Fact]
    public void A_sum_is_better_than_its_first_term()
    {
        var layer = Drawn(16, 32);
        double first = Error(layer, LowRankBuilder.Build(layer, 4));
        Assert.True(Error(layer, FormatRequest.Parse("*=lowrank:rank=4+bcsr:v=4,density=0.1").Build(layer)) < 0.9 * first);
        Assert.True(Error(layer, FormatRequest.Parse("*=lowrank:rank=4+int8:range=each").Build(layer)) < Error(layer, Int8Builder.Build(layer)));
    }

    [Fact]
    public void All_walsh_coefficients_are_the_whole_matrix_with_calibration_too()
    {
        var layer = Drawn(6, 20);
        Assert.InRange(Error(layer, HadamardBuilder.Build(layer, 1, 1)), 0, 1e-5 * Norm(layer));
    }

    [Fact]
    public void Ranges_of_activations_hold_what_they_should()
    {
        float[] sample = [.. Enumerable.Range(0, 20_000).Select(_ => (float)(_random.NextDouble() + _random.NextDouble() - 0.3)), 9];
        var whole = ActivationRanges.MinMax(sample);
        Assert.All(sample, x => Assert.InRange(Math.Abs(ActivationRanges.Quantised(x, whole) - x), 0, whole.Scale * 0.5001f));
        Assert.Equal(0, ActivationRanges.Quantised(0, whole));
        double ErrorOf(ActivationRange range) => sample.Sum(x => Math.Pow(ActivationRanges.Quantised(x, range) - x, 2));
        var best = ActivationRanges.LeastSquares(sample);
        Assert.True(ErrorOf(best) <= ErrorOf(whole));
        Assert.InRange(ActivationRanges.Percentile(sample).Scale, 0, whole.Scale / 3);
        Assert.Equal(1, ActivationRanges.MinMax([]).Scale);
        Assert.Equal(-128, ActivationRanges.MinMax([0, 1, 5]).ZeroPoint);
    }

    [Fact]
    public void Ranges_are_the_percentiles_and_the_best_of_all_narrower_ones()
    {
        float[] line = [.. Enumerable.Range(0, 10_001).Select(i => i - 4000f)];
        new Random(1).Shuffle(line);
        Assert.Equal((6000 - 100 + 4000 - 100) / 255.0, ActivationRanges.Percentile(line, 0.01).Scale, 1e-3);

        float[] sample = [.. Enumerable.Range(0, 4000).Select(_ => (float)Math.Pow(_random.NextDouble(), 8) * 10)];
        double ErrorOf(ActivationRange range) => sample.Sum(x => Math.Pow(ActivationRanges.Quantised(x, range) - x, 2));
        double best = Enumerable.Range(1, 1000).Min(k => ErrorOf(new ActivationRange(k / 1000f * sample.Max() / 255, -128)));
        Assert.InRange(ErrorOf(ActivationRanges.LeastSquares(sample)), best * 0.999, best * 1.05);
    }

    [Fact]
    public void Sums_of_two_ranks_are_the_rank_of_both_and_a_full_overlay_leaves_nothing()
    {
        var layer = Drawn(14, 18);
        AssertClose(Error(layer, LowRankBuilder.Build(layer, 7)), Error(layer, FormatRequest.Parse("*=lowrank:rank=3+lowrank:rank=4").Build(layer)), Norm(layer));
        foreach (string format in (string[])["mps:rows=7x2,columns=6x3,bond=1+bcsr:v=1,density=1", "lowrank:rank=2+bcsr:v=4,density=1"])
            AssertClose(0, Error(layer, FormatRequest.Parse($"*={format}").Build(layer)), Norm(layer));
        var rest = layer.Minus(LowRankBuilder.Build(layer, 2).ToArray());
        AssertClose(Error(rest, BlockSparseBuilder.Build(rest, 1, 1, 0.3)), Error(layer, FormatRequest.Parse("*=lowrank:rank=2+sparse:density=0.3").Build(layer)), Norm(layer));
    }

    /// <summary>W_g = c_g·s·uᵀ over two groups of two rows: for given angles of c and s the best u is known, so a grid over both finds the best of all.</summary>
    [Fact]
    public void One_term_of_a_block_or_a_convolution_is_the_best_of_all_angles()
    {
        for (int trial = 0; trial < 3; trial++)
        {
            float[] w = Factor(4, 3).ToArray(); // [group, row, column]
            double most = 0, all = w.Sum(v => (double)v * v);
            for (int a = 0; a < 360; a++)
                for (int b = 0; b < 360; b++)
                {
                    double[] c = [Math.Cos(a * Math.PI / 360), Math.Sin(a * Math.PI / 360)], s = [Math.Cos(b * Math.PI / 360), Math.Sin(b * Math.PI / 360)];
                    double sum = 0;
                    for (int j = 0; j < 3; j++)
                        sum += Math.Pow(c[0] * (s[0] * w[j] + s[1] * w[3 + j]) + c[1] * (s[0] * w[6 + j] + s[1] * w[9 + j]), 2);
                    most = Math.Max(most, sum);
                }
            double least = Math.Sqrt(Math.Max(0, all - most)), norm = Math.Sqrt(all);
            double Left(DenseLayer layer, Weight weight) => Math.Sqrt(layer.Data.Zip(weight.ToArray(), (x, y) => Math.Pow(x - y, 2)).Sum());
            var block = new DenseLayer(w, new TensorType(ElementType.Float32, 4, 3), 4);
            AssertClose(least, Left(block, EntangledBuilder.Phase(block, 2, 1)), norm, 1e-3);
            AssertClose(least, Left(block, EntangledBuilder.Coupled(block, 2, 1, 1)), norm, 1e-3);
            var convolution = new DenseLayer(w, new TensorType(ElementType.Float32, 2, 2, 3), 2);
            AssertClose(least, Left(convolution, ConvFactorBuilder.Cp(convolution, 1)), norm, 1e-3);
            // A Tucker core of one channel in and out holds any taps: the same, with taps in the place of columns.
            AssertClose(least, Left(convolution, ConvFactorBuilder.Tucker2(convolution, 1, 1)), norm, 1e-3);
        }
    }

    [Fact]
    public void Moments_are_those_of_the_samples()
    {
        var accumulator = new InputMoments.Accumulator(5);
        var samples = Enumerable.Range(0, 700).Select(_ => Enumerable.Range(0, 5).Select(i => (float)(1000 * i + _random.NextDouble())).ToArray()).ToArray();
        foreach (float[] x in samples) accumulator.Add(x);
        var moments = accumulator.Build();
        Assert.Equal(700, moments.Count);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(samples.Average(x => (double)x[i]), moments.Mean[i], 1e-9);
            for (int j = 0; j < 5; j++)
                Assert.Equal(samples.Average(x => ((double)x[i] - moments.Mean[i]) * (x[j] - moments.Mean[j])), moments.Undamped[i, j], 1e-9);
        }
        Assert.Equal(samples.Average(x => (double)x[2] * x[3]), moments.AboutZero().Undamped[2, 3], 1e-2);
    }

    DenseWeight Factor(params int[] shape) => new([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => (float)(_random.NextDouble() * 2 - 1))], shape);

    /// <summary>A layer whose inputs have a spectrum that decays as 1/k, in a random basis.</summary>
    DenseLayer Drawn(int rows, int columns) => Calibrated(new DenseLayer(Factor(rows, columns).ToArray(), new TensorType(ElementType.Float32, rows, columns), rows));

    DenseLayer Calibrated(DenseLayer layer)
    {
        int n = layer.Columns;
        var basis = Matrix<double>.Build.Dense(n, n, (_, _) => _random.NextDouble() - 0.5).QR().Q;
        var c = basis * Matrix<double>.Build.DenseOfDiagonalArray([.. Enumerable.Range(0, n).Select(k => 1.0 / (1 + k))]) * basis.Transpose();
        return layer with { Inputs = new LayerInputs(new InputMoments(new double[n], (c + c.Transpose()) / 2, 1000), [.. Factor(1, 200).ToArray()], []) };
    }

    static Matrix<double> C(DenseLayer layer) => layer.Inputs!.Moments.Weighting;

    static Matrix<double> Dense(DenseLayer layer, Weight weight) => (layer with { Data = weight.ToArray() }).ToMatrix();

    static double Error(DenseLayer layer, Weight weight)
    {
        var delta = layer.ToMatrix() - Dense(layer, weight);
        return Math.Sqrt((delta * C(layer)).PointwiseMultiply(delta).RowSums().Sum());
    }

    static double Norm(DenseLayer layer) => Math.Sqrt((layer.ToMatrix() * C(layer)).PointwiseMultiply(layer.ToMatrix()).RowSums().Sum());

    /// <summary>The best weights for a mask shared by all rows, by the normal equations.</summary>
    static Weight ByMask(DenseLayer layer, int height, bool[] mask)
    {
        int[] kept = [.. Enumerable.Range(0, mask.Length).Where(j => mask[j])];
        var c = C(layer);
        var sub = Matrix<double>.Build.Dense(kept.Length, kept.Length, (i, j) => c[kept[i], kept[j]]);
        var right = Matrix<double>.Build.Dense(kept.Length, layer.Rows, (i, r) => (c * layer.ToMatrix().Transpose())[kept[i], r]);
        var solved = sub.LU().Solve(right);
        var data = new float[layer.Data.Length];
        for (int i = 0; i < kept.Length; i++)
            for (int r = 0; r < layer.Rows; r++) data[r * layer.Columns + kept[i]] = (float)solved[i, r];
        return BlockSparseBuilder.FromMask(layer with { Data = data }, height, 1, Keep(mask), false);
    }

    static bool[,] Keep(bool[] mask)
    {
        var keep = new bool[1, mask.Length];
        for (int j = 0; j < mask.Length; j++) keep[0, j] = mask[j];
        return keep;
    }

    static void AssertClose(double expected, double actual, double norm, double tolerance = 1e-5) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * norm, $"{actual}, expected {expected} of {norm}");
}
