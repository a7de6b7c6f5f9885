using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators;

/// <summary>
/// One operator of the runtime: its shape rule and its way into the plan. Semantics are those of the newest ONNX operator of the
/// same name unless OPERATORS.md says otherwise, with every shape-like input (axes, pads, starts, repeats, …) turned into an attribute.
/// </summary>
public abstract class Operator
{
    /// <summary>The name nodes use.</summary>
    public abstract string Name { get; }

    /// <summary>Whether output 0 is input 0's memory under another shape, so that no step runs.</summary>
    public virtual bool IsView => false;

    /// <summary>Whether a run's results depend on the runs before it. Only networks over streams have such operators.</summary>
    public virtual bool IsStateful => false;

    /// <summary>Whether output 0 must be wanted; false where another output alone makes sense.</summary>
    public virtual bool RequiresFirstOutput => true;

    /// <summary>Whether output 0 may be written over input <paramref name="input"/> while the kernel runs.</summary>
    public virtual bool MayOverwrite(OperatorCall call, int input) => false;

    /// <summary>Checks the call and gives the types of all its outputs, wanted or not.</summary>
    /// <exception cref="GraphException">The call breaks a rule of the operator; the message names the node and the reason.</exception>
    public abstract ImmutableArray<TensorType> Infer(OperatorCall call);

    /// <summary>
    /// Multiply-add operations of one run as the definition has them (dense, whatever the kernel does), for reports. Zero for operators
    /// that are no products.
    /// </summary>
    public virtual long MultiplyAdds(OperatorCall call) => 0;

    /// <summary>
    /// The call that computes every item of a batch at once, over memory in which the items' inputs and outputs lie one after the other; null
    /// where items are run one by one, which any operator can. Where <see cref="GainsByStacking"/> is false the result equals theirs bit by bit.
    /// </summary>
    public virtual OperatorCall? Stack(BatchedCall batch) => null;

    /// <summary>
    /// Whether computing a batch at once is faster than its items one by one because weights are read once; sums may then be in another order.
    /// Other operators are stacked only where their inputs are.
    /// </summary>
    public virtual bool GainsByStacking => false;

    /// <summary>Appends the steps that compute the call. Runs once per model, after <see cref="Infer"/>; never for views.</summary>
    public abstract void Plan(OperatorCall call, StepPlanner planner);
}
