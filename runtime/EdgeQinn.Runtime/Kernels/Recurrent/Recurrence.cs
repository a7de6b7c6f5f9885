using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Execution;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>Arguments of <see cref="Recurrence"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct RecurrenceArgs
{
    /// <summary>The cell of step 0 of sequence 0: its X, P, State, Cell, Reset and Y lie first; those of later steps and sequences follow.</summary>
    public CellArgs Cell;

    /// <summary>The cell's kernel.</summary>
    public delegate*<CellArgs*, void> Update;

    /// <summary>What runs before the second product; null where there is none.</summary>
    public delegate*<CellArgs*, void> Reset;

    /// <summary>The product of the weights and the state: steps that read State [Batch, H] and write P.</summary>
    public KernelCall* Product;

    /// <summary>The product of the weights and the reset state: steps that read Reset [Batch, H] and write Candidate.</summary>
    public KernelCall* ResetProduct;

    /// <summary>The states to start from [Batch, H]; null for zero.</summary>
    public float* InitialState, InitialCell;

    /// <summary>The steps of each sequence [Batch]; null where all have <see cref="Steps"/>.</summary>
    public int* Lengths;

    /// <summary>Floats from one step's X, and Y, to the next.</summary>
    public long XStep, YStep;

    /// <summary>Floats from one sequence's X, and Y, to the next.</summary>
    public long XRow, YRow;

    /// <summary>Floats from one sequence's P, and Candidate, to the next.</summary>
    public long ProductRow, CandidateRow;

    public int ProductCount, ResetProductCount, Steps, Batch;

    /// <summary>Whether time runs backwards.</summary>
    public bool Reverse;
}

/// <summary>
/// The time loop of a recurrent layer in one direction. What multiplies by the state is a list of steps, so that the recurrent weights may
/// have any encoding; what follows is the cell's kernel.
/// </summary>
public static unsafe class Recurrence
{
    /// <summary>The kernels: a loop over others.</summary>
    public static readonly KernelFamily<RecurrenceArgs> Family = new("recurrence.f32", "hₜ = cell(W xₜ, R hₜ₋₁) for each t", &Run);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run(RecurrenceArgs* a)
    {
        int h = a->Cell.H;
        Start(a->Cell.State, a->InitialState, a->Batch * h);
        if (a->Cell.Cell != null) Start(a->Cell.Cell, a->InitialCell, a->Batch * h);
        for (int step = 0; step < a->Steps; step++)
        {
            KernelCall.RunAll(a->Product, a->ProductCount);
            if (a->Reset != null)
            {
                Cells(a, step, a->Reset);
                KernelCall.RunAll(a->ResetProduct, a->ResetProductCount);
            }
            Cells(a, step, a->Update);
        }
    }

    static void Start(float* state, float* initial, int count)
    {
        if (initial == null) new Span<float>(state, count).Clear();
        else new ReadOnlySpan<float>(initial, count).CopyTo(new Span<float>(state, count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Cells(RecurrenceArgs* a, int step, delegate*<CellArgs*, void> kernel)
    {
        CellArgs cell = a->Cell;
        int h = cell.H;
        for (int b = 0; b < a->Batch; b++)
        {
            int length = a->Lengths == null ? a->Steps : Math.Clamp(a->Lengths[b], 0, a->Steps);
            float* y = a->Cell.Y == null ? null : a->Cell.Y + b * a->YRow;
            if (step >= length)
            {
                if (y != null) new Span<float>(y + step * a->YStep, h).Clear();
                continue;
            }
            int t = a->Reverse ? length - 1 - step : step;
            cell.X = a->Cell.X + t * a->XStep + b * a->XRow;
            cell.P = a->Cell.P + b * a->ProductRow;
            cell.Candidate = a->Cell.Candidate + b * a->CandidateRow;
            cell.State = a->Cell.State + (long)b * h;
            if (cell.Cell != null) cell.Cell = a->Cell.Cell + (long)b * h;
            if (cell.Reset != null) cell.Reset = a->Cell.Reset + (long)b * h;
            cell.Y = y == null ? null : y + t * a->YStep;
            kernel(&cell);
        }
    }
}
