using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Gemv
{
    /// <summary>
    /// Where a panel's sixteen sums begin, and what becomes of them: y[i] = clamp(s_x·s[i]·sum[i] + b[i]). Whether a mapping is to be applied, and which
    /// bounds are finite, is asked once for all of them. Neighbouring loads and stores become LDP and STP.
    /// </summary>
    readonly struct NeonFinish
    {
        readonly Int8GemvArgs* _args;
        readonly Quantised* _mapping;
        readonly int* _sums;
        public readonly float* Scales, Bias;
        readonly Vector128<float> _lo, _hi;
        readonly bool _below, _above;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public NeonFinish(Int8GemvArgs* a)
        {
            _args = a;
            _mapping = a->Mapping;
            _sums = a->Sums;
            Scales = a->Scales;
            Bias = a->Bias;
            (_lo, _hi, _below, _above) = (Vector128.Create(a->Lo), Vector128.Create(a->Hi), a->Lo > float.NegativeInfinity, a->Hi < float.PositiveInfinity);
        }

        /// <summary>−z·Σw of rows i … i + 15. <paramref name="isApplied"/> says that there is no mapping to apply; best at compile time, asking costs moves as well.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Start(bool isApplied, int i, out Vector128<int> s0, out Vector128<int> s1, out Vector128<int> s2, out Vector128<int> s3)
        {
            Load(_sums + i, out s0, out s1, out s2, out s3);
            if (isApplied) return;
            var z = Vector128.Create(-_mapping->ZeroPoint);
            (s0, s1, s2, s3) = (s0 * z, s1 * z, s2 * z, s3 * z);
        }

        /// <summary>The same of rows i … i + 31.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Start(
            bool isApplied, int i, out Vector128<int> s0, out Vector128<int> s1, out Vector128<int> s2, out Vector128<int> s3, out Vector128<int> t0, out Vector128<int> t1, out Vector128<int> t2, out Vector128<int> t3)
        {
            int* sums = _sums + i;
            Load(sums, out s0, out s1, out s2, out s3);
            Load(sums + 16, out t0, out t1, out t2, out t3);
            if (isApplied) return;
            var z = Vector128.Create(-_mapping->ZeroPoint);
            (s0, s1, s2, s3) = (s0 * z, s1 * z, s2 * z, s3 * z);
            (t0, t1, t2, t3) = (t0 * z, t1 * z, t2 * z, t3 * z);
        }

        /// <summary>Stores sixteen rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(bool isApplied, float* y, int i, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
        {
            Constants(isApplied, Scales + i, Bias + i, out var c0, out var c1, out var c2, out var c3, out var b0, out var b1, out var b2, out var b3);
            Values(s0, s1, s2, s3, ref c0, ref c1, ref c2, ref c3, b0, b1, b2, b3);
            if (_below) Raise(ref c0, ref c1, ref c2, ref c3);
            if (_above) Lower(ref c0, ref c1, ref c2, ref c3);
            Put(y, c0, c1, c2, c3);
        }

        /// <summary>Stores thirty-two rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(
            bool isApplied, float* y, int i, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3, Vector128<int> t0, Vector128<int> t1, Vector128<int> t2, Vector128<int> t3)
        {
            float* scales = Scales + i, bias = Bias + i;
            Constants(isApplied, scales, bias, out var c0, out var c1, out var c2, out var c3, out var b0, out var b1, out var b2, out var b3);
            Values(s0, s1, s2, s3, ref c0, ref c1, ref c2, ref c3, b0, b1, b2, b3);
            Constants(isApplied, scales + 16, bias + 16, out var d0, out var d1, out var d2, out var d3, out b0, out b1, out b2, out b3);
            Values(t0, t1, t2, t3, ref d0, ref d1, ref d2, ref d3, b0, b1, b2, b3);
            PutClamped(y, 16, c0, c1, c2, c3, d0, d1, d2, d3);
        }

        /// <summary>Stores sixteen rows for each of two neighbours of a batch, with the rows' <see cref="Constants"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StoreTwo(
            float* y, nint pitch, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3, Vector128<int> t0, Vector128<int> t1, Vector128<int> t2, Vector128<int> t3,
            Vector128<float> c0, Vector128<float> c1, Vector128<float> c2, Vector128<float> c3, Vector128<float> b0, Vector128<float> b1, Vector128<float> b2, Vector128<float> b3)
        {
            Vector128<float> d0 = c0, d1 = c1, d2 = c2, d3 = c3;
            Values(s0, s1, s2, s3, ref c0, ref c1, ref c2, ref c3, b0, b1, b2, b3);
            Values(t0, t1, t2, t3, ref d0, ref d1, ref d2, ref d3, b0, b1, b2, b3);
            PutClamped(y, pitch, c0, c1, c2, c3, d0, d1, d2, d3);
        }

        /// <summary>s_x·s and b of sixteen rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Constants(
            bool isApplied, float* scales, float* bias, out Vector128<float> c0, out Vector128<float> c1, out Vector128<float> c2, out Vector128<float> c3,
            out Vector128<float> b0, out Vector128<float> b1, out Vector128<float> b2, out Vector128<float> b3)
        {
            Load(scales, out c0, out c1, out c2, out c3);
            Load(bias, out b0, out b1, out b2, out b3);
            if (isApplied) return;
            var factor = Vector128.Create(_mapping->Scale);
            (c0, c1, c2, c3) = (factor * c0, factor * c1, factor * c2, factor * c3);
        }

        /// <summary>Stores the first <paramref name="rows"/> of sixteen rows; the bias ends with them, scales and sums are there for all.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StoreFirst(int rows, float* y, int i, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
        {
            if (rows >= 16) Store(_mapping == null, y, i, s0, s1, s2, s3);
            else StoreFew(_args, rows, y, i, s0, s1, s2, s3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Load<T>(T* p, out Vector128<T> v0, out Vector128<T> v1, out Vector128<T> v2, out Vector128<T> v3) where T : unmanaged =>
            (v0, v1, v2, v3) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8), Vector128.Load(p + 12));

        /// <summary>What are scales before are values after.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Values(
            Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3, ref Vector128<float> c0, ref Vector128<float> c1, ref Vector128<float> c2, ref Vector128<float> c3,
            Vector128<float> b0, Vector128<float> b1, Vector128<float> b2, Vector128<float> b3)
        {
            (c0, c1) = (Vector128.ConvertToSingle(s0) * c0 + b0, Vector128.ConvertToSingle(s1) * c1 + b1);
            (c2, c3) = (Vector128.ConvertToSingle(s2) * c2 + b2, Vector128.ConvertToSingle(s3) * c3 + b3);
        }

        /// <summary>Stores values at y and y + pitch, within the bounds there are.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void PutClamped(
            float* y, nint pitch, Vector128<float> c0, Vector128<float> c1, Vector128<float> c2, Vector128<float> c3, Vector128<float> d0, Vector128<float> d1, Vector128<float> d2, Vector128<float> d3)
        {
            if (_below)
            {
                Raise(ref c0, ref c1, ref c2, ref c3);
                Raise(ref d0, ref d1, ref d2, ref d3);
            }
            if (_above)
            {
                Lower(ref c0, ref c1, ref c2, ref c3);
                Lower(ref d0, ref d1, ref d2, ref d3);
            }
            Put(y, c0, c1, c2, c3);
            Put(y + pitch, d0, d1, d2, d3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Raise(ref Vector128<float> c0, ref Vector128<float> c1, ref Vector128<float> c2, ref Vector128<float> c3) =>
            (c0, c1, c2, c3) = (AdvSimd.Max(_lo, c0), AdvSimd.Max(_lo, c1), AdvSimd.Max(_lo, c2), AdvSimd.Max(_lo, c3));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Lower(ref Vector128<float> c0, ref Vector128<float> c1, ref Vector128<float> c2, ref Vector128<float> c3) =>
            (c0, c1, c2, c3) = (AdvSimd.Min(_hi, c0), AdvSimd.Min(_hi, c1), AdvSimd.Min(_hi, c2), AdvSimd.Min(_hi, c3));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Put(float* y, Vector128<float> c0, Vector128<float> c1, Vector128<float> c2, Vector128<float> c3)
        {
            c0.Store(y);
            c1.Store(y + 4);
            c2.Store(y + 8);
            c3.Store(y + 12);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void StoreFew(Int8GemvArgs* a, int rows, float* y, int i, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
    {
        float* scales = a->Scales + i, bias = a->Bias + i;
        Vector128<float> factor = Vector128.Create(a->ScaleFactor), lo = Vector128.Create(a->Lo), hi = Vector128.Create(a->Hi);
        for (int r = 0; r < rows; r += 4)
        {
            int count = Math.Min(4, rows - r);
            var value = Vector128.ConvertToSingle(s0) * (factor * Vector128.Load(scales + r)) + Lanes4.LoadFirst(bias + r, count).Value;
            Lanes4.StoreFirst(new Lanes4(AdvSimd.Min(hi, AdvSimd.Max(lo, value))), y + r, count);
            (s0, s1, s2) = (s1, s2, s3);
        }
    }
}
