namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>Where the beats of a stream come from.</summary>
public enum BeatTrigger
{
    /// <summary>The QRS detector.</summary>
    Qrs,

    /// <summary>The source's annotations.</summary>
    Annotations,
}
