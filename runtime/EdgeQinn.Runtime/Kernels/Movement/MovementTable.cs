using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>Every kernel that moves elements, for <see cref="KernelTable"/>.</summary>
static class MovementTable
{
    public static IEnumerable<KernelFamily> All =>
    [
        .. CopyKernels.All, .. MappedCopyKernels.All, .. FillKernels.All, .. GatherKernels.All, .. IndexedKernels.All, .. TupleKernels.All,
        .. OneHotKernels.All, .. TriangleKernels.All, .. ReverseSequenceKernels.All, HistoryKernels.Family,
        .. Joins<JoinAdd>(), .. Joins<JoinMultiply>(), .. Joins<JoinMin>(), .. Joins<JoinMax>(),
    ];

    static IEnumerable<KernelFamily> Joins<TJoin>() where TJoin : IJoin
    {
        foreach (ElementType type in NumberTypes.All)
        {
            yield return IndexedKernels.ScatterJoin<TJoin>(type);
            yield return TupleKernels.ScatterJoin<TJoin>(type);
        }
    }
}
