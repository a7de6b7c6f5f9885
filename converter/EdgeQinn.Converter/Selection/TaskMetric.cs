namespace EdgeQinn.Converter.Selection;

/// <summary>What a network's score is; all in points from 0 to 100.</summary>
public enum TaskMetric
{
    /// <summary>What fits the contract and the labels: macro-F1 of classes, <see cref="Anomaly"/>, agreement of classes without labels, else the output.</summary>
    Auto,

    /// <summary>The mean of the labels' F1.</summary>
    MacroF1,

    /// <summary>Windows decided rightly.</summary>
    Accuracy,

    /// <summary>Windows decided as the network did before.</summary>
    Agreement,

    /// <summary>How often an anomalous window scores above a usual one.</summary>
    AreaUnderCurve,

    /// <summary>The lesser of the area under the curve and macro-F1 at the contract's threshold.</summary>
    Anomaly,

    /// <summary>1 − root mean square change of the output ÷ its standard deviation.</summary>
    Output,
}
