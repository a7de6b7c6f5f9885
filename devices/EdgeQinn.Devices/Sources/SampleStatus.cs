namespace EdgeQinn.Devices.Sources;

/// <summary>What is known to be wrong with the samples of a block.</summary>
[Flags]
public enum SampleStatus
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>An electrode does not touch: the signal means nothing.</summary>
    LeadOff = 1,
    /// <summary>A sample lies at the end of the range.</summary>
    Saturated = 2,
    /// <summary>The value has not changed for longer than noise allows.</summary>
    Stuck = 4,
    /// <summary>The chip's buffer ran over: older samples are lost, and counted.</summary>
    Overrun = 8,
    /// <summary>The sensor does not deliver; the block is empty and says why.</summary>
    Down = 16,
    /// <summary>First samples after an outage.</summary>
    Recovered = 32,
    /// <summary>Samples were missing and have been made up, as the policy for gaps says.</summary>
    Filled = 64,
}
