using System.Net.Sockets;
using System.Text;
using EdgeQinn.Devices.Linux;
using Xunit;

namespace EdgeQinn.Devices.Tests.Linux;

public sealed class ServiceManagerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_manager_hears_of_readiness_reloading_life_and_end(bool isAbstract)
    {
        string name = isAbstract ? $"@edgeqinn-{Guid.NewGuid():N}" : _folder.File("notify");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        listener.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name[1..] : name));
        string Next()
        {
            byte[] bytes = new byte[4096];
            return Encoding.UTF8.GetString(bytes, 0, listener.Receive(bytes));
        }

        var clock = new ManualClock();
        using var manager = new ServiceManager(name, TimeSpan.FromSeconds(30), clock);
        Assert.True(manager.IsPresent);
        manager.Ready();
        Assert.Equal("READY=1", Next());
        manager.SignOfLife();
        Assert.Equal("WATCHDOG=1", Next());
        manager.SignOfLife(); // not due yet
        clock.Advance(TimeSpan.FromSeconds(10));
        manager.SignOfLife();
        Assert.Equal("WATCHDOG=1", Next());
        manager.Reloading();
        Assert.Equal($"RELOADING=1\nMONOTONIC_USEC={clock.Now.TotalMicroseconds:0}", Next());
        manager.Status("two\nlines");
        Assert.Equal("STATUS=two lines", Next());
        manager.Stopping();
        Assert.Equal("STOPPING=1", Next());
        Assert.Equal(0, listener.Available);
    }

    [Fact]
    public void Without_a_manager_nothing_happens()
    {
        using var manager = new ServiceManager(_folder.File("nobody"), TimeSpan.FromSeconds(1));
        Assert.False(manager.IsPresent);
        manager.Ready();
        manager.SignOfLife();
    }
}
