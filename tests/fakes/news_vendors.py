"""What vendors of news answer, as they document it.

NewsAPI: https://newsapi.org/docs/endpoints/everything, errors https://newsapi.org/docs/errors.
Alpaca: https://docs.alpaca.markets/reference/news-3; author, summary and content may be empty.
Polygon: https://polygon.io/docs/rest/stocks/news.
"""

import json

NEWS_API = json.dumps(
    {
        "status": "ok",
        "totalResults": 2,
        "articles": [
            {
                "source": {"id": "reuters", "name": "Reuters"},
                "author": "A. Writer",
                "title": "Apple profit rose",
                "description": "Costs fell.",
                "url": "https://www.reuters.com/a",
                "urlToImage": None,
                "publishedAt": "2026-03-02T15:00:00Z",
                "content": "Costs fell. [+100 chars]",
            },
            {
                "source": {"id": None, "name": "Site"},
                "author": None,
                "title": "Shares fell",
                "description": None,
                "url": "",
                "publishedAt": None,
            },
        ],
    }
).encode()
NEWS_API_ERROR = json.dumps(
    {"status": "error", "code": "rateLimited", "message": "You have made too many requests."}
).encode()
ALPACA = json.dumps(
    {
        "news": [
            {
                "id": 24843171,
                "headline": "Apple profit rose",
                "author": "A. Writer",
                "created_at": "2026-03-02T15:00:00Z",
                "updated_at": "2026-03-02T15:00:01Z",
                "summary": "Costs fell.",
                "content": "",
                "url": "https://www.reuters.com/a",
                "images": [],
                "symbols": ["AAPL"],
                "source": "benzinga",
            },
            {
                "id": 24843172,
                "headline": "Shares fell",
                "author": "",
                "created_at": "",
                "updated_at": "",
                "summary": "",
                "content": "",
                "url": None,
                "images": [],
                "symbols": [],
                "source": "benzinga",
            },
        ],
        "next_page_token": None,
    }
).encode()
POLYGON = json.dumps(
    {
        "count": 2,
        "request_id": "831afdb0b8078549fed053476984947a",
        "results": [
            {
                "id": "1",
                "publisher": {"name": "Reuters", "homepage_url": "https://www.reuters.com/"},
                "title": "Apple profit rose",
                "author": "A. Writer",
                "published_utc": "2026-03-02T15:00:00Z",
                "article_url": "https://www.reuters.com/a",
                "tickers": ["AAPL"],
                "description": "<p>Costs <strong>fell.</strong></p>",
            },
            {"id": "2", "title": "Shares fell", "tickers": []},
        ],
        "status": "OK",
    }
).encode()
