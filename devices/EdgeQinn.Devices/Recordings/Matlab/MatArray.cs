namespace EdgeQinn.Devices.Recordings.Matlab;

/// <summary>A real numeric array of a MATLAB file.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Dimensions">Its dimensions; MATLAB stores the first index fastest.</param>
/// <param name="Values">The elements in the file's order, as doubles whatever they were stored as.</param>
public sealed record MatArray(string Name, IReadOnlyList<int> Dimensions, double[] Values)
{
    /// <summary>Whether at most one dimension is longer than 1.</summary>
    public bool IsVector => Dimensions.Count(d => d != 1) <= 1;
}
