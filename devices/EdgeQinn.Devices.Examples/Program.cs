using EdgeQinn.Devices.Examples;
using EdgeQinn.Runtime.Format;

try
{
    switch (args.FirstOrDefault())
    {
        case "ecg": EcgFromAdc.Run(); break;
        case "vibration": VibrationFromAccelerometer.Run(); break;
        case "orders": OrdersOfAShaft.Run(); break;
        case "power": PowerOfABoard.Run(); break;
        case "cost": CostOfWork.Run(); break;
        case "record": RecordAndReplay.Run(); break;
        case "alarms": ResultsAndAlarms.Run(); break;
        case "stream" when args.Length > 1: NetworkOverStream.Run(args[1], args.ElementAtOrDefault(2) ?? "synthetic:bearing"); break;
        case "string": AnySource.Run(args.ElementAtOrDefault(1) ?? "adxl345:sim?faults=nack@1+1"); break;
        default:
            Console.Error.WriteLine("name an example: ecg, vibration, orders, power, cost, record, alarms, stream MODEL.eqn [SOURCE], string [SOURCE]");
            return 2;
    }
    return 0;
}
catch (EdgeQinnException e) // whatever a user can mend comes as this, with the way out in its message
{
    Console.Error.WriteLine(e.Message);
    return 3;
}
