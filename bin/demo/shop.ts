/** The names under which examples/shop-api's release.yml finds the shop in its account. */
export const SHOP = {
  region: 'eu-west-1',
  /** Of the ECR repository, the task definition's family, the load balancer and the logs. */
  name: 'shop-api',
  cluster: 'production',
  service: 'api',
  containerPort: 8080,
} as const;
