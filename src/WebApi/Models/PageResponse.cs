using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Agents;
using StackAgent.Application.Common.Paging;

namespace StackAgent.WebApi.Models;

/// <summary>One page of a list.</summary>
/// <param name="Items">At most <c>limit</c> of them, in a stable order.</param>
/// <param name="Total">Items in all pages.</param>
/// <param name="Page">Which page this is, from 1.</param>
/// <param name="Limit">Items in a full page.</param>
/// <param name="Pages">How many pages there are; 0 for an empty list.</param>
public sealed record PageResponse<T>(IReadOnlyList<T> Items, int Total, int Page, int Limit, int Pages)
{
    public static PageResponse<T> From(Page<T> page) => new(page.Items, page.Total, page.Request.Number, page.Request.Limit, page.Pages);
}

/// <summary>One page of agents.</summary>
/// <param name="Agents">At most <c>limit</c> of them, those seen last first.</param>
/// <param name="Total">Agents in all pages.</param>
/// <param name="Page">Which page this is, from 1.</param>
/// <param name="Limit">Agents in a full page.</param>
/// <param name="Pages">How many pages there are; 0 for an empty list.</param>
public sealed record AgentsResponse(IReadOnlyList<AgentDto> Agents, int Total, int Page, int Limit, int Pages)
{
    public static AgentsResponse From(Page<AgentDto> page) => new(page.Items, page.Total, page.Request.Number, page.Request.Limit, page.Pages);
}

/// <summary>
/// Which page of a list. Bind it as <c>[FromQuery(Name = "")]</c>: where its parameter's name is also one in the query (<c>page</c>), model binding
/// would look for <c>page.page</c> and silently take the defaults.
/// </summary>
public sealed record PageQuery
{
    /// <summary>From 1.</summary>
    [FromQuery(Name = "page")]
    [Range(1, int.MaxValue)]
    public int Page { get; init; } = 1;

    /// <summary>Items in a page.</summary>
    [FromQuery(Name = "limit")]
    [Range(1, 100)]
    public int Limit { get; init; } = 20;

    public PageRequest ToRequest() => new(Page, Limit);
}

/// <summary>Which page of a list whose clients often don't page. Bind it as <see cref="PageQuery"/>.</summary>
public sealed record LongPageQuery
{
    /// <summary>From 1.</summary>
    [FromQuery(Name = "page")]
    [Range(1, int.MaxValue)]
    public int Page { get; init; } = 1;

    /// <summary>Items in a page.</summary>
    [FromQuery(Name = "limit")]
    [Range(1, 1000)]
    public int Limit { get; init; } = 1000;

    public PageRequest ToRequest() => new(Page, Limit);
}
