using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Sources;

/// <summary>A source string that says nothing we can open: wrong usage, unlike a broken recording.</summary>
public sealed class SourceAddressException(string message) : EdgeQinnException(message);
