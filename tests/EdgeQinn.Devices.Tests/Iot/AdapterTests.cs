using System.Device.I2c;
using System.Device.Spi;
using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Iot;
using EdgeQinn.Devices.Sensors;
using EdgeQinn.Devices.Sensors.Adxl345;
using EdgeQinn.Devices.Sensors.Mcp3x08;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Xunit;

namespace EdgeQinn.Devices.Tests.Iot;

/// <summary>Our drivers over devices of System.Device.Gpio; built with -p:UseIotBindings=true.</summary>
public sealed class AdapterTests
{
    readonly ManualClock _clock = new();
    readonly Adxl345Simulator _chip;

    public AdapterTests() => _chip = new(_clock, new ChipFaults(_clock), (t, c) => 0.1 * c + 0.5 * Math.Sin(t));

    sealed class FakeI2c(II2cBus bus) : I2cDevice
    {
        public override I2cConnectionSettings ConnectionSettings { get; } = new(1, 0x53);

        public override void Read(Span<byte> buffer) => Transfer([], buffer);

        public override void Write(ReadOnlySpan<byte> buffer) => Transfer(buffer, []);

        public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer) => Transfer(writeBuffer, readBuffer);

        void Transfer(ReadOnlySpan<byte> write, Span<byte> read)
        {
            byte[] bytes = [.. write, .. read];
            List<I2cMessage> messages = [];
            if (write.Length > 0) messages.Add(new(false, 0, (ushort)write.Length));
            if (read.Length > 0) messages.Add(new(true, (ushort)write.Length, (ushort)read.Length));
            try
            {
                bus.Transfer(0x53, messages.ToArray(), bytes);
            }
            catch (DeviceException e)
            {
                throw new IOException(e.Message);
            }
            bytes.AsSpan(write.Length).CopyTo(read);
        }
    }

    sealed class FakeSpi(ISpiDevice device) : SpiDevice
    {
        public override SpiConnectionSettings ConnectionSettings { get; } = new(0, 0);

        public override void Read(Span<byte> buffer) => device.Transfer(buffer, buffer.Length);

        public override void Write(ReadOnlySpan<byte> buffer) => device.Transfer(buffer.ToArray(), buffer.Length);

        public override void TransferFullDuplex(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
        {
            writeBuffer.CopyTo(readBuffer);
            device.Transfer(readBuffer, readBuffer.Length);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_driver_runs_over_a_device_of_the_library_and_survives_its_faults(bool i2c)
    {
        using RecoveringSource source = SensorSource.OpenRecovering(
            () => new Adxl345Sensor(i2c
                ? new I2cRegisters(new IotI2cBus(new FakeI2c(new SimulatedI2cBus(_chip, 0x53))), 0x53)
                : new SpiRegisters(new IotSpiDevice(new FakeSpi(new SimulatedSpiDevice(_chip))), SpiCommand.ReadHigh), 7, 3), _clock);
        var block = new SampleBlock(3, 64);
        for (int i = 0; i < 50; i++)
        {
            source.Read(block);
            Assert.Equal((SampleStatus.None, 0L), (block.Status, block.Lost));
            Assert.Equal(block.Channel(0)[0] + 0.2f, block.Channel(2)[0], 0.01f);
        }
        _chip.Faults.Current = ChipFault.Hang;
        for (int i = 0; i < 5; i++) source.Read(block);
        Assert.Equal(SampleStatus.Down, block.Status);
        _chip.Faults.Current = ChipFault.None;
        while (block.Count == 0) source.Read(block);
        Assert.Equal(SampleStatus.Recovered, block.Status);
    }

    [Fact]
    public void The_librarys_own_binding_reads_the_simulated_chip()
    {
        var chip = new Mcp3x08Simulator(_clock, new ChipFaults(_clock), 12, 3.3, (t, c) => c == 1 ? 1.1 : 2.2);
        using var binding = new global::Iot.Device.Adc.Mcp3208(new FakeSpi(new SimulatedSpiDevice(chip)));
        using ISampleSource source = DeviceSources.FromBinding(new SourceInfo("mcp3208", 1000, [new("a", "V"), new("b", "V")]), s =>
        {
            for (int input = 0; input < 2; input++) s[input] = binding.Read(input) * 3.3f / 4096;
        });
        var block = new SampleBlock(2, 4);
        source.Read(block);
        Assert.Equal(2.2f, block.Channel(0)[0], 0.001f);
        Assert.Equal(1.1f, block.Channel(1)[0], 0.001f);
    }

    [Fact]
    public void A_bindings_reading_is_a_source_whose_errors_are_faults()
    {
        int reads = 0;
        using ISampleSource source = DeviceSources.FromBinding(new SourceInfo("binding", 1000, [new("x", "V")]), s =>
        {
            if (++reads == 2) throw new IOException("no acknowledge");
            s[0] = reads;
        });
        var block = new SampleBlock(1, 4);
        source.Read(block);
        Assert.Equal(1f, block.Channel(0)[0]);
        Assert.Equal(DeviceFault.BusError, Assert.Throws<DeviceException>(() => source.Read(block)).Fault);
        source.Read(block);
        Assert.Equal(3f, block.Channel(0)[0]);
    }
}
