using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Buses;

/// <summary>What went wrong between us and a device.</summary>
public enum DeviceFault
{
    /// <summary>The device file is not there.</summary>
    Missing,
    /// <summary>We may not open the device file.</summary>
    PermissionDenied,
    /// <summary>Somebody else has it.</summary>
    Busy,
    /// <summary>The kernel or the adapter cannot do this.</summary>
    NotSupported,
    /// <summary>No chip acknowledges at the address.</summary>
    NoAcknowledge,
    /// <summary>The bus hangs: a line is held, or a transfer took too long.</summary>
    Timeout,
    /// <summary>A transfer failed for another reason.</summary>
    BusError,
    /// <summary>Another chip than expected answers, or none on a bus without acknowledge.</summary>
    WrongIdentity,
    /// <summary>The chip answers but delivers no samples.</summary>
    NoData,
}

/// <summary>A device that cannot be used, at the moment at least. The message names the device and the way out.</summary>
public sealed class DeviceException(DeviceFault fault, string message) : EdgeQinnException(message)
{
    /// <summary>The kind of fault.</summary>
    public DeviceFault Fault { get; } = fault;
}
