using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace StackAgent.Architecture.Tests;

/// <summary>Which types a type uses: in its signatures and, by reading the IL, inside its methods; compiler-made nested types included.</summary>
internal static class TypeDependencies
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static IReadOnlySet<Type> Of(Type type)
    {
        var found = new HashSet<Type>();
        Collect(type, found);
        return found;
    }

    /// <summary>
    /// Methods that a type's methods call, those of compiler-made nested types included, and what these call in turn as far as they are of the same
    /// assembly. What is behind an interface can't be followed.
    /// </summary>
    public static IReadOnlySet<MethodBase> CallsOf(Type type)
    {
        var found = new HashSet<MethodBase>();
        var left = new Queue<MethodBase>(MethodsOf(type));
        while (left.TryDequeue(out var method))
        {
            if (method.GetMethodBody() is not { } body)
                continue;
            foreach (var called in Tokens(body.GetILAsByteArray()!).Select(token => Resolve(method, token)).OfType<MethodBase>().Where(found.Add))
            {
                if (called.Module.Assembly != type.Assembly)
                    continue;
                left.Enqueue(called);

                // The body of an asynchronous method is in a type of its own.
                if (called.GetCustomAttribute<StateMachineAttribute>() is { } machine)
                {
                    foreach (var step in MethodsOf(machine.StateMachineType))
                        left.Enqueue(step);
                }
            }
        }

        return found;
    }

    private static IEnumerable<MethodBase> MethodsOf(Type type) =>
        type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)).Concat(type.GetNestedTypes(All).SelectMany(MethodsOf));

    private static void Collect(Type type, HashSet<Type> found)
    {
        Add(type.BaseType, found);
        foreach (var contract in type.GetInterfaces())
            Add(contract, found);
        foreach (var field in type.GetFields(All))
            Add(field.FieldType, found);
        foreach (var attribute in type.GetCustomAttributesData())
            Add(attribute.AttributeType, found);
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
            CollectMethod(method, found);
        foreach (var nested in type.GetNestedTypes(All))
            Collect(nested, found);
    }

    private static void CollectMethod(MethodBase method, HashSet<Type> found)
    {
        Add((method as MethodInfo)?.ReturnType, found);
        foreach (var parameter in method.GetParameters())
            Add(parameter.ParameterType, found);
        if (method.GetMethodBody() is not { } body)
            return;

        foreach (var local in body.LocalVariables)
            Add(local.LocalType, found);
        foreach (var token in Tokens(body.GetILAsByteArray()!))
        {
            var member = Resolve(method, token);
            Add(member as Type ?? member?.DeclaringType, found);
            if (member is MethodInfo called)
            {
                Add(called.ReturnType, found);
                foreach (var argument in called.GetGenericArguments())
                    Add(argument, found);
            }
        }
    }

    private static MemberInfo? Resolve(MethodBase method, int token) => method.Module.ResolveMember(
        token,
        method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null,
        method.IsGenericMethod ? method.GetGenericArguments() : null);

    private static IEnumerable<int> Tokens(byte[] il)
    {
        for (var position = 0; position < il.Length;)
        {
            short value = il[position++];
            if (value == 0xFE)
                value = unchecked((short)(0xFE00 | il[position++]));

            var operand = OpCodesByValue[value].OperandType;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                yield return BitConverter.ToInt32(il, position);

            position += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, position)),
                _ => 4,
            };
        }
    }

    private static void Add(Type? type, HashSet<Type> found)
    {
        if (type is null || type.IsGenericParameter)
            return;
        if (type.HasElementType)
        {
            Add(type.GetElementType(), found);
            return;
        }

        if (type.IsGenericType)
        {
            foreach (var argument in type.GetGenericArguments().Where(argument => argument != type))
                Add(argument, found);
            type = type.GetGenericTypeDefinition();
        }

        found.Add(type);
    }
}
