using System.Collections.Concurrent;
using System.Device.Gpio;
using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Iot;

/// <summary>
/// Pins of a GpioController for our drivers. Edges are stamped when the library reports them, later and less evenly than the kernel's own
/// stamps, which the library does not hand on; LinuxGpioLines has those.
/// </summary>
public sealed class IotGpioLines : IGpioLines
{
    readonly GpioController _controller;
    readonly int[] _pins;
    readonly uint[] _sequences;
    readonly bool _watched;
    readonly BlockingCollection<GpioEdge> _edges = new(boundedCapacity: 1024);

    /// <param name="controller">The controller; stays open.</param>
    /// <param name="mode">Of all pins.</param>
    /// <param name="edges">The edges to watch for, or None.</param>
    /// <param name="pins">Pin numbers in the controller's scheme.</param>
    public IotGpioLines(GpioController controller, PinMode mode, PinEventTypes edges, params int[] pins)
    {
        (_controller, _pins, _watched) = (controller, pins, edges != PinEventTypes.None);
        _sequences = new uint[pins.Length];
        foreach (int pin in pins)
        {
            controller.OpenPin(pin, mode);
            if (_watched) controller.RegisterCallbackForPinValueChangedEvent(pin, edges, Changed);
        }
    }

    /// <inheritdoc/>
    public string Name => $"GPIO pin {string.Join('+', _pins)}";

    /// <inheritdoc/>
    public ulong Read()
    {
        ulong levels = 0;
        for (int i = 0; i < _pins.Length; i++)
        {
            if (_controller.Read(_pins[i]) == PinValue.High) levels |= 1UL << i;
        }
        return levels;
    }

    /// <inheritdoc/>
    public void Write(ulong levels)
    {
        for (int i = 0; i < _pins.Length; i++) _controller.Write(_pins[i], (levels >> i & 1) != 0 ? PinValue.High : PinValue.Low);
    }

    /// <inheritdoc/>
    public bool WaitForEdge(TimeSpan timeout, out GpioEdge edge) => _edges.TryTake(out edge, timeout);

    void Changed(object sender, PinValueChangedEventArgs e)
    {
        int line = Array.IndexOf(_pins, e.PinNumber);
        // One that finds the queue full is dropped; the jump in the numbers tells.
        _edges.TryAdd(new(line, e.ChangeType == PinEventTypes.Rising, MonotonicClock.System.Now, ++_sequences[line]));
    }

    /// <summary>Closes the pins.</summary>
    public void Dispose()
    {
        foreach (int pin in _pins)
        {
            if (_watched) _controller.UnregisterCallbackForPinValueChangedEvent(pin, Changed);
            _controller.ClosePin(pin);
        }
        _edges.Dispose();
    }
}
