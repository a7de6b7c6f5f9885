using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class QuadSparse
{
    /// <summary>Products of 4×4 blocks with quadruples of inputs on one instruction set: registers <typeparamref name="V"/> of int32 partial sums.</summary>
    interface IQuadLanes<V> where V : struct
    {
        static abstract V Zero { get; }

        /// <summary>Adds the block at w times the quadruple at x.</summary>
        static abstract V Add(V sum, sbyte* w, int* x);

        /// <summary>Adds the four blocks at w times the quadruples x[column[0…3]].</summary>
        static abstract void AddFour(sbyte* w, int* x, ushort* column, ref V s0, ref V s1, ref V s2, ref V s3);

        /// <summary>The four rows' sums.</summary>
        static abstract Vector128<int> Fold(V s0, V s1, V s2, V s3);
    }

    /// <summary>SDOT by element: lanes are rows, the quadruple is an element that its load left in a register.</summary>
    readonly struct DotQuads : IQuadLanes<Vector128<int>>
    {
        public static Vector128<int> Zero => Vector128<int>.Zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<int> Add(Vector128<int> sum, sbyte* w, int* x) =>
            Dp.DotProductBySelectedQuadruplet(sum, Vector128.Load(w), Vector128.CreateScalarUnsafe(*x).AsSByte(), 0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void AddFour(sbyte* w, int* x, ushort* column, ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3)
        {
            // Neighbouring loads become LDP.
            Vector128<sbyte> w0 = Vector128.Load(w), w1 = Vector128.Load(w + 16), w2 = Vector128.Load(w + 32), w3 = Vector128.Load(w + 48);
            s0 = Dp.DotProductBySelectedQuadruplet(s0, w0, Vector128.CreateScalarUnsafe(x[column[0]]).AsSByte(), 0);
            s1 = Dp.DotProductBySelectedQuadruplet(s1, w1, Vector128.CreateScalarUnsafe(x[column[1]]).AsSByte(), 0);
            s2 = Dp.DotProductBySelectedQuadruplet(s2, w2, Vector128.CreateScalarUnsafe(x[column[2]]).AsSByte(), 0);
            s3 = Dp.DotProductBySelectedQuadruplet(s3, w3, Vector128.CreateScalarUnsafe(x[column[3]]).AsSByte(), 0);
        }

        public static Vector128<int> Fold(Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3) => s0 + s1 + (s2 + s3);
    }

    /// <summary>Every Arm64: lanes are rows, products by <see cref="Int8LanesNeon"/>.</summary>
    readonly struct Quads : IQuadLanes<Vector128<int>>
    {
        public static Vector128<int> Zero => Vector128<int>.Zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<int> Add(Vector128<int> sum, sbyte* w, int* x) => Int8LanesNeon.MultiplyAdd(sum, Int8LanesNeon.LoadInt8(w), Vector128.Create(*x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void AddFour(sbyte* w, int* x, ushort* column, ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3)
        {
            s0 = Add(s0, w, x + column[0]);
            s1 = Add(s1, w + 16, x + column[1]);
            s2 = Add(s2, w + 32, x + column[2]);
            s3 = Add(s3, w + 48, x + column[3]);
        }

        public static Vector128<int> Fold(Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3) => s0 + s1 + (s2 + s3);
    }

    /// <summary>.NET's portable vectors: lanes are two rows' pairs of columns, of rows 0 and 1 in even sums, of rows 2 and 3 in odd ones.</summary>
    readonly struct Words4 : IQuadLanes<(Vector128<int> Low, Vector128<int> High)>
    {
        public static (Vector128<int> Low, Vector128<int> High) Zero => default;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector128<int> Low, Vector128<int> High) Add((Vector128<int> Low, Vector128<int> High) sum, sbyte* w, int* x)
        {
            Vector128<int> quad = Vector128.WidenLower(Vector128.Create(*x).AsSByte()).AsInt32();
            var block = Vector128.Load(w);
            return (Int8LanesPortable.MultiplyAdd(sum.Low, quad, Vector128.WidenLower(block).AsInt32()), Int8LanesPortable.MultiplyAdd(sum.High, quad, Vector128.WidenUpper(block).AsInt32()));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void AddFour(
            sbyte* w, int* x, ushort* column, ref (Vector128<int> Low, Vector128<int> High) s0, ref (Vector128<int> Low, Vector128<int> High) s1,
            ref (Vector128<int> Low, Vector128<int> High) s2, ref (Vector128<int> Low, Vector128<int> High) s3)
        {
            s0 = Add(s0, w, x + column[0]);
            s1 = Add(s1, w + 16, x + column[1]);
            s2 = Add(s2, w + 32, x + column[2]);
            s3 = Add(s3, w + 48, x + column[3]);
        }

        public static Vector128<int> Fold(
            (Vector128<int> Low, Vector128<int> High) s0, (Vector128<int> Low, Vector128<int> High) s1, (Vector128<int> Low, Vector128<int> High) s2, (Vector128<int> Low, Vector128<int> High) s3)
        {
            Vector128<int> low = s0.Low + s1.Low + (s2.Low + s3.Low), high = s0.High + s1.High + (s2.High + s3.High);
            return Vector128.Create(low[0] + low[1], low[2] + low[3], high[0] + high[1], high[2] + high[3]);
        }
    }

    /// <summary>AVX2: VPMADDWD on a block widened to int16; two lanes a row.</summary>
    readonly struct Words8 : IQuadLanes<Vector256<int>>
    {
        public static Vector256<int> Zero => Vector256<int>.Zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sum, sbyte* w, int* x) =>
            sum + Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(w), Avx2.ConvertToVector256Int16(Vector128.Create(*x).AsSByte()));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void AddFour(sbyte* w, int* x, ushort* column, ref Vector256<int> s0, ref Vector256<int> s1, ref Vector256<int> s2, ref Vector256<int> s3)
        {
            s0 = Add(s0, w, x + column[0]);
            s1 = Add(s1, w + 16, x + column[1]);
            s2 = Add(s2, w + 32, x + column[2]);
            s3 = Add(s3, w + 48, x + column[3]);
        }

        public static Vector128<int> Fold(Vector256<int> s0, Vector256<int> s1, Vector256<int> s2, Vector256<int> s3)
        {
            var sum = s0 + s1 + (s2 + s3);
            return Ssse3.HorizontalAdd(sum.GetLower(), sum.GetUpper());
        }
    }

    /// <summary>AVX-512: two blocks a register, four lanes a row.</summary>
    readonly struct Words16 : IQuadLanes<Vector512<int>>
    {
        public static Vector512<int> Zero => Vector512<int>.Zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<int> Add(Vector512<int> sum, sbyte* w, int* x) => sum + Words8.Add(Vector256<int>.Zero, w, x).ToVector512();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void AddFour(sbyte* w, int* x, ushort* column, ref Vector512<int> s0, ref Vector512<int> s1, ref Vector512<int> s2, ref Vector512<int> s3)
        {
            s0 += AddTwo(w, x[column[0]], x[column[1]]);
            s1 += AddTwo(w + 32, x[column[2]], x[column[3]]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<int> AddTwo(sbyte* w, int first, int second) => Avx512BW.MultiplyAddAdjacent(
            Avx512BW.ConvertToVector512Int16(Vector256.Load(w)), Avx512BW.ConvertToVector512Int16(Vector256.Create(Vector128.Create(first), Vector128.Create(second)).AsSByte()));

        public static Vector128<int> Fold(Vector512<int> s0, Vector512<int> s1, Vector512<int> s2, Vector512<int> s3)
        {
            var sum = s0 + s1 + (s2 + s3);
            var half = sum.GetLower() + sum.GetUpper();
            return Ssse3.HorizontalAdd(half.GetLower(), half.GetUpper());
        }
    }
}
