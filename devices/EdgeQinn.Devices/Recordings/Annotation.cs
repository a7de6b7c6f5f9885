namespace EdgeQinn.Devices.Recordings;

/// <summary>One event of a recording.</summary>
/// <param name="Sample">Sample index since the start of the recording; for beats the R peak.</param>
/// <param name="Code">What it is.</param>
/// <param name="Subtype">Code-specific detail.</param>
/// <param name="Channel">Signal the event was seen on.</param>
/// <param name="Number">Code-specific number.</param>
/// <param name="Text">Free text, such as a rhythm's name; null for none.</param>
public readonly record struct Annotation(long Sample, AnnotationCode Code, sbyte Subtype = 0, byte Channel = 0, sbyte Number = 0, string? Text = null);
